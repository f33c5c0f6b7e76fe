// A brain: found with a reason, changed, pinned, kept, gone back to, and forgotten for good.

export async function play({ base, check, equal, expected, logIn, open, shot, usable }) {
  const { page } = await open();
  await logIn(page);
  const message = page.getByLabel("Message to assistant");
  for (const words of ["Remember that the garden is watered at seven", "Remember that the cat is called Tom"]) {
    await message.fill(words);
    await message.press("Enter");
    await page.locator(".thinking").waitFor({ state: "detached" });
  }
  await page.goto(`${base}/brain`);
  await page.getByLabel("Ask as the agent would").fill("When is the garden watered?");
  await page.getByRole("button", { name: "Search", exact: true }).click();
  const first = page.locator(".memory").first();
  check((await first.innerText()).includes("garden is watered at seven"), "it is found");
  check((await first.locator(".why-line").innerText()).includes("garden"), "and it is said why");
  await first.getByText("score").click();
  await usable(page, "what would be recalled");
  await shot(page, "recall-why-1440-light");

  await page.getByLabel("Kind").selectOption("fact");
  await page.waitForURL("**kind=fact*");
  const kinds = await page.locator(".memory .about .chip").allInnerTexts();
  check(kinds.length > 0 && kinds.every((kind) => kind === "Fact"), `only facts: ${kinds}`);
  await page.locator(".memory .words a").first().click();
  await page.waitForURL("**/brain/memory?*");
  await usable(page, "a memory");
  await shot(page, "memory-1440-light");
  await page.locator("textarea[name=text]").fill("the garden is watered at six");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("status").filter({ hasText: "Done" }).waitFor();
  check((await page.locator("article.card").innerText()).includes("watered at six"), "it says what it was changed to");
  await page.getByRole("button", { name: "Pin", exact: true }).click();
  await page.locator(".state", { hasText: "pinned" }).waitFor();
  const memory = page.url();

  // Kept, and gone back to.
  await page.goto(`${base}/brain/care?agent=assistant`);
  await page.getByLabel("Name of a new one").fill("before");
  await page.getByRole("button", { name: "Keep it as it is now" }).click();
  await page.getByText("Kept as before.").waitFor();
  await page.getByRole("link", { name: "See what a dream would do" }).click();
  await page.getByRole("heading", { name: "A dream would do this now" }).waitFor();
  await usable(page, "snapshots and dreams");
  await shot(page, "care-1440-light");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  await usable(page, "snapshots and dreams on a phone");
  await shot(page, "care-390-dark");

  // Forgotten: first it is said what goes.
  await page.goto(memory);
  await shot(page, "memory-390-dark");
  await page.getByRole("button", { name: "Forget…" }).click();
  await page.getByRole("heading", { name: "Forget this for good?" }).waitFor();
  await usable(page, "what would go, on a phone");
  await shot(page, "forget-390-dark");
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
  await shot(page, "forget-1440-light");
  await page.getByLabel("Take it out of snapshots as well").check();
  await page.getByRole("button", { name: "Forget it" }).click();
  await page.getByRole("heading", { name: "Forgotten" }).waitFor();
  check(/[1-9]\d* records? of the ledger/.test(await page.locator("main").innerText()), "its words left the ledger");
  check((await page.locator("main").innerText()).includes("1 snapshot was rewritten"), "and the snapshot");
  await shot(page, "forgotten-1440-light");
  await page.goto(`${base}/brain?agent=assistant&kind=fact`);
  check(!(await page.locator("main").innerText()).includes("watered at six"), "it is gone");
  await page.goto(`${base}/ledger?with=loket%3Abrain`);
  check(!(await page.content()).includes("watered at six"), "the ledger has it no more");
  expected.push("404 (Not Found)");
  equal(await page.goto(memory).then((answer) => answer.status()), 404, "its page is gone");
}
