// A session that ends: the words are not lost, and the way back leads where one was.

export async function play({ act, base, check, equal, expected, logIn, open }) {
  const { context, page } = await open();
  await logIn(page);
  await page.goto(`${base}/ledger?kind=act`);
  await page.getByText("session began").first().waitFor();
  const other = await context.newPage();
  await other.goto(base);
  const message = other.getByLabel("Message to assistant");
  await message.fill("words that matter");
  expected.push("401 (Unauthorized)", "EventSource");
  await act("end-sessions");
  await message.press("Enter");
  await other.getByRole("alert").filter({ hasText: "Your session is over" }).waitFor();
  equal(await message.inputValue(), "words that matter", "the words are still there");

  await page.reload();
  await page.waitForURL("**/login?to=*");
  await page.getByLabel("Passphrase").fill("not the passphrase");
  expected.push("403 (Forbidden)");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByRole("alert").filter({ hasText: "this is not the passphrase" }).waitFor();
  await page.getByLabel("Passphrase").fill("correct horse battery");
  await page.getByRole("button", { name: "Log in" }).click();
  await page.waitForURL("**/ledger?kind=act");
  await page.getByText("passphrase refused").first().waitFor();

  // The other tab goes on: the cookie is there for both, and its page is loaded anew.
  await other.reload();
  await other.getByLabel("Message to assistant").waitFor();

  // Ended from the list, this one is out.
  await page.goto(`${base}/settings`);
  await page.getByRole("listitem").filter({ hasText: "this one" }).getByRole("button", { name: "Log out" }).click();
  await page.waitForURL("**/login");
  const cookies = await context.cookies();
  check(cookies.every((cookie) => cookie.httpOnly && cookie.sameSite === "Strict"), JSON.stringify(cookies));
}
