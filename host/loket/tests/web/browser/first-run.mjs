// A link, a passphrase, a model, a word, a tool.

export async function play({ act, base, check, equal, expected, open, passphrase, shot, usable }) {
  const { page } = await open();
  await page.goto(base);
  await page.getByRole("heading", { name: "Nobody owns this Loket yet" }).waitFor();
  await usable(page, "nobody's");

  const link = await act("link");
  await page.goto(link);
  await usable(page, "the passphrase");
  await shot(page, "welcome-1440-light");
  await page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  await page.getByLabel("The same again").fill("something else");
  expected.push("400 (Bad Request)");
  await page.getByRole("button", { name: "Set the passphrase" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  await page.getByLabel("The same again").fill(passphrase);
  await page.getByRole("button", { name: "Set the passphrase" }).click();

  await page.waitForURL("**/welcome/model");
  await usable(page, "the model");
  await shot(page, "welcome-model-1440-light");
  await page.getByRole("button", { name: "Begin with this" }).click();

  await page.waitForURL("**/welcome/hello");
  await page.getByRole("button", { name: "Send" }).click();
  await page.locator(".answer").waitFor();
  check((await page.locator(".answer").innerText()).length > 0, "it answers");
  await usable(page, "hello");
  await shot(page, "welcome-hello-1440-light");
  await page.getByRole("link", { name: "Go on", exact: true }).click();

  await page.waitForURL("**/welcome/tool");
  await usable(page, "the tool");
  await shot(page, "welcome-tool-1440-light");
  await page.getByRole("button", { name: "Ask me each time" }).first().click();
  await page.waitForURL(`${base}/`);
  await page.getByLabel("Message to assistant").fill("/calc 2+2*3");
  await page.getByRole("button", { name: "Send" }).click();
  await page.getByRole("button", { name: "Allow once" }).click();
  await page.locator(".answer", { hasText: "8" }).waitFor();

  // The link is used up, and there is a cookie that scripts cannot see.
  expected.push("403 (Forbidden)");
  await page.goto(link);
  await page.getByRole("heading", { name: "This link is not good any more" }).waitFor();
  equal(await page.evaluate(() => document.cookie), "", "scripts see no cookie");
}
