// A call that waits: answered where it came up, and on the page of all that waits.

export async function play({ act, base, check, equal, logIn, open, shot, usable }) {
  const { context, page } = await open();
  await logIn(page);
  await act("grant", { to: "assistant", what: "loket:calc", verdict: "ask" });
  const message = page.getByLabel("Message to assistant");
  await message.fill("/calc 2+2*3");
  await message.press("Enter");
  const ask = page.locator("[data-ask]");
  await ask.waitFor();
  check((await ask.innerText()).includes("2+2*3"), "its arguments are shown");
  await page.locator("[data-asks]:visible", { hasText: "1" }).first().waitFor();
  await usable(page, "an ask in the chat");
  await shot(page, "ask-1440-light");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  await ask.getByText("More answers").click();
  await usable(page, "an ask on a phone");
  await shot(page, "ask-390-dark");
  await ask.getByText("More answers").click();
  await page.setViewportSize({ width: 1440, height: 900 });
  await ask.getByRole("button", { name: "Allow once" }).click();
  await page.locator(".answer", { hasText: "8" }).waitFor();
  equal(await act("asks"), 0, "nothing waits");

  // In another tab, with other arguments.
  const other = await context.newPage();
  await other.goto(`${base}/approvals`);
  await other.getByRole("heading", { name: "Nothing waits for you" }).waitFor();
  await message.fill("/calc 1+1");
  await message.press("Enter");
  await other.locator("[data-ask]").waitFor();
  await usable(other, "approvals");
  await shot(other, "approvals-1440-light");
  await other.getByText("Change the arguments").click();
  const edited = other.getByLabel("The call is made with these instead");
  // Who writes is not disturbed, and sees afterwards what came meanwhile.
  await edited.focus();
  const third = await context.newPage();
  await third.goto(base);
  await third.getByLabel("Message to assistant").fill("/calc 5+5");
  await third.getByLabel("Message to assistant").press("Enter");
  await third.locator("[data-ask]").waitFor();
  await other.locator("[data-asks]:visible", { hasText: "2" }).first().waitFor();
  equal(await other.locator("[data-list] [data-ask]").count(), 1, "it stays as it is");
  await edited.blur();
  await other.locator("[data-list] [data-ask]").nth(1).waitFor();
  await third.getByRole("button", { name: "Stop" }).click();
  await third.close();
  await other.locator("[data-list] [data-ask]").nth(1).waitFor({ state: "detached" });
  await other.getByText("Change the arguments").click();
  await edited.fill((await edited.inputValue()).replace("1+1", "20+1"));
  await other.getByRole("button", { name: "Allow once, with these" }).click();
  await other.getByText("Allowed. The turn goes on.").waitFor();
  await page.locator(".answer", { hasText: "21" }).waitFor();
  // What was answered elsewhere is gone here.
  await page.locator("[data-ask]").waitFor({ state: "detached" });

  // And no.
  await message.fill("/calc 3+3");
  await message.press("Enter");
  await page.locator("[data-ask]").getByRole("button", { name: "Refuse", exact: true }).click();
  await page.locator(".thinking").waitFor({ state: "detached" });
  check(!(await page.locator("[data-exchanges] .exchange").last().innerText()).includes("= 6"), "it was not called");

  // Stopped while it waits.
  await message.fill("/calc 4+4");
  await message.press("Enter");
  await page.locator("[data-ask]").waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.locator(".thinking").waitFor({ state: "detached" });
  equal(await act("asks"), 0, "a turn that is stopped asks nothing");
}
