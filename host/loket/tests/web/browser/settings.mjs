// Secrets by name, a token that is shown once, servers that are pasted, a model, a backup, and a home made of it.

import { stat } from "node:fs/promises";

export async function play({ base, check, equal, logIn, open, shot, usable }) {
  const { page } = await open();
  await logIn(page);
  await page.goto(`${base}/settings`);
  await page.getByText("Set a secret").click();
  await page.locator("#secrets").getByLabel("Name", { exact: true }).fill("news");
  await page.getByLabel("Value").fill("a-value-that-nobody-sees");
  await page.getByLabel("Hosts that may receive it").fill("api.example.org");
  await page.getByRole("button", { name: "Set it" }).click();
  await page.getByText("The secrets are changed.").waitFor();
  check((await page.locator("#secrets .rows").innerText()).includes("news"), "it stands there by its name");
  check(!(await page.content()).includes("nobody-sees"), "and not by its value");

  await page.getByText("Make a token").click();
  await page.locator("#tokens").getByLabel("Name of whoever has it").fill("desktop");
  await page.locator("#tokens").getByLabel("Packages whose tools").fill("loket:calc");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.getByRole("heading", { name: "The token of desktop" }).waitFor();
  const token = (await page.locator("pre.command").innerText()).trim();
  check(token.startsWith("loket_"), "it is shown");
  await usable(page, "a token that was made");
  await page.goto(`${base}/settings`);
  check(!(await page.content()).includes(token), "and never again");
  for (const [width, height, colorScheme] of [[1440, 900, "light"], [390, 844, "dark"]]) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await usable(page, `settings at ${width}`);
    await shot(page, `settings-full-${width}-${colorScheme}`);
  }
  await page.getByRole("button", { name: "Revoke desktop" }).click();
  await page.getByText("The token is revoked").waitFor();
  await page.getByRole("button", { name: "Take away news" }).click();
  await page.getByText("The secrets are changed.").waitFor();
  equal(await page.locator("#secrets .rows").count(), 0, "none is left");

  const coming = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download a backup" }).click();
  const backup = await coming;
  check(/^loket-\d{4}-\d\d-\d\d\.tar\.gz$/.test(backup.suggestedFilename()), backup.suggestedFilename());
  check((await stat(await backup.path())).size > 10_000, "it holds a home");

  await page.getByText("Make a home of a backup").click();
  await page.getByLabel("The backup's whole path").fill(await backup.path());
  await page.getByLabel("The whole path of the folder").fill(`${await backup.path()}-home`);
  await usable(page, "a form to restore");
  await page.getByRole("button", { name: "Restore" }).click();
  await page.getByRole("heading", { name: "A home was made" }).waitFor();
  check((await page.locator("pre.command").innerText()).startsWith("loket serve --home "), "what starts it is told");
  await usable(page, "a home that was made");
  await shot(page, "restored-390-dark");

  await page.goto(`${base}/servers`);
  await page.getByLabel("JSON with mcpServers").fill(JSON.stringify({ mcpServers: { "My Files": { url: "http://127.0.0.1:9/mcp" } } }));
  await page.getByRole("button", { name: "Bring them in" }).click();
  await page.getByRole("link", { name: "my-files" }).waitFor();
  await usable(page, "what came of it");
  await page.goto(`${base}/servers`);
  await usable(page, "servers on a phone");
  await shot(page, "servers-one-390-dark");
  await page.getByRole("link", { name: "my-files" }).click();
  await page.waitForURL("**/servers/server?name=my-files");
  await usable(page, "a server that cannot be reached");
  await shot(page, "server-390-dark");
  await page.getByRole("button", { name: "Take it out" }).click();
  await page.getByText("No server yet").waitFor();
}
