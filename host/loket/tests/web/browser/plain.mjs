// Without scripts: forms and pages.

export async function play({ act, base, check, equal, open, passphrase }) {
  const { page } = await open({ javaScriptEnabled: false });
  await page.goto(`${base}/login`);
  await page.getByLabel("Passphrase").fill(passphrase);
  await page.getByRole("button", { name: "Log in" }).click();
  await page.getByLabel("Message to assistant").fill("Remember that the cat is called Tom");
  await page.getByRole("button", { name: "Send" }).click();
  await page.waitForURL("**/?agent=assistant&conversation=*");
  await page.locator(".answer").waitFor();

  await act("grant", { to: "assistant", what: "loket:calc", verdict: "ask" });
  const other = await page.context().newPage();
  await page.getByLabel("Message to assistant").fill("/calc 2+2*3");
  const answered = page.getByRole("button", { name: "Send" }).click();
  for (let tries = 0; (await act("asks")) === 0; tries += 1) {
    check(tries < 200, "it waits");
    await new Promise((done) => setTimeout(done, 100));
  }
  await other.goto(`${base}/approvals`);
  await other.getByRole("button", { name: "Allow once" }).first().click();
  await other.getByText("Allowed. The turn goes on.").waitFor();
  await answered;
  equal(await act("asks"), 0, "nothing waits");
}
