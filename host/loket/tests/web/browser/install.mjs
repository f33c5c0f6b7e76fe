// A package dropped on its page as a file; one that is sent without scripts; one that is none.

import { readFile } from "node:fs/promises";

export async function play({ act, base, check, equal, expected, logIn, open, passphrase, shot, usable }) {
  const { page } = await open();
  await logIn(page);
  const file = await act("component", { file: "acme/abacus/1.2.0.wasm" });
  const bytes = (await readFile(file)).toString("base64");
  await page.goto(`${base}/packages`);
  await usable(page, "packages");
  await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    const carried = new DataTransfer();
    carried.items.add(new File([bytes], "My_Abacus.wasm", { type: "application/wasm" }));
    for (const type of ["dragenter", "dragover", "drop"]) {
      document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: carried }));
    }
  }, bytes);
  equal(await page.locator("input[name=component]").evaluate((input) => input.files[0].name), "My_Abacus.wasm", "it is in the form");
  await usable(page, "a file that was dropped");
  await shot(page, "install-1440-light");
  await page.getByRole("button", { name: "Install", exact: true }).click();
  await page.waitForURL("**/packages/package?name=local%3Amy-abacus%400.1.0*");
  await page.getByText("It is in the registry").waitFor();
  for (const [width, height, colorScheme] of [[1440, 900, "light"], [390, 844, "dark"]]) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await usable(page, `a package at ${width}`);
    await shot(page, `package-installed-${width}-${colorScheme}`);
  }
  await page.setViewportSize({ width: 1440, height: 900 });

  // What is no component is refused, and said so.
  expected.push("400 (Bad Request)");
  await page.goto(`${base}/packages`);
  await page.getByText("Install a package from a file").click();
  await page.locator("input[name=component]").setInputFiles({ name: "note.wasm", mimeType: "application/wasm", buffer: Buffer.from("hello") });
  await page.getByRole("button", { name: "Install", exact: true }).click();
  await page.getByRole("alert").waitFor();
  check((await page.getByRole("alert").innerText()).includes("no component"), "it says why");

  // Without scripts.
  const { page: plain } = await open({ javaScriptEnabled: false });
  await plain.goto(`${base}/login`);
  await plain.getByLabel("Passphrase").fill(passphrase);
  await plain.getByRole("button", { name: "Log in" }).click();
  await plain.goto(`${base}/packages`);
  await plain.getByText("Install a package from a file").click();
  await plain.locator("input[name=component]").setInputFiles(file);
  await plain.getByLabel("Name and version").fill("acme:mine@2.0.0");
  await plain.getByRole("button", { name: "Install", exact: true }).click();
  await plain.waitForURL("**/packages/package?name=acme%3Amine%402.0.0*");
}
