// The host goes away in the middle of an answer and comes back: the words are still there, both tabs go on, and nobody logs in again.

export async function play({ act, base, check, equal, expected, open, passphrase, shot }) {
  const { context, page } = await open();
  await page.goto(await act("link"));
  await page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  await page.getByLabel("The same again").fill(passphrase);
  await page.getByRole("button", { name: "Set the passphrase" }).click();
  await page.waitForURL("**/welcome/model");
  await page.goto(base);
  const other = await context.newPage();
  await other.goto(`${base}/ledger`);

  const message = page.getByLabel("Message to assistant");
  await message.fill("/hostile_spin");
  await message.press("Enter");
  await page.getByRole("button", { name: "Stop" }).waitFor();
  // The other tab sees it happen.
  await other.getByText("test:hostile").first().waitFor();

  expected.push("ERR_", "404 (Not Found)", "EventSource");
  await act("restart");
  await page.getByRole("alert").filter({ hasText: "The connection was lost" }).waitFor();
  await shot(page, "restart-1440-light");
  equal(await message.inputValue(), "/hostile_spin", "the words are still there");
  await page.getByRole("button", { name: "Stop" }).waitFor({ state: "hidden" });

  // The same tab goes on, and the other one hears of it without being loaded anew.
  await message.fill("/calc 2+2*3");
  await message.press("Enter");
  await page.locator(".answer", { hasText: "8" }).waitFor();
  await other.getByText("loket:calc").first().waitFor();
  await other.reload();
  check(!other.url().includes("login"), "nobody is logged out");
}
