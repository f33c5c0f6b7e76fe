// An agent made by a form, spoken to, changed, and its turns as plots; one of them as a waterfall, run again, and the chain verified.

export async function play({ base, check, equal, expected, logIn, open, shot, usable }) {
  const { page } = await open();
  await logIn(page);
  await page.goto(`${base}/agents/new`);
  await page.getByLabel("Name", { exact: true }).fill("garden-scout");
  await page.getByLabel("Persona").fill("You look after the garden.");
  await page.getByLabel("Seconds").fill("30");
  await shot(page, "agent-new-1440-light");
  await page.getByRole("button", { name: "Make it" }).click();
  await page.waitForURL("**/agents/agent?name=garden-scout*");
  equal(await page.getByLabel("Persona").inputValue(), "You look after the garden.", "its persona");
  await usable(page, "a new agent");
  await page.getByLabel("Persona").fill("You look after the roses.\nYou are calm.");
  await page.getByLabel("Tokens a day").fill("5000");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  equal(await page.getByLabel("Persona").inputValue(), "You look after the roses.\nYou are calm.", "it was changed");
  equal(await page.getByLabel("Tokens a day").inputValue(), "5000", "and limited");
  equal(await page.getByLabel("Seconds").inputValue(), "30", "the rest stays");

  const first = page.getByRole("group", { name: "Schedule 1" });
  await first.getByLabel("Its name").fill("morning");
  await first.getByLabel("Rule").fill("0 7 * * 1-5");
  await first.getByLabel("Time zone").fill("Europe/Amsterdam");
  await first.getByLabel("What it is told").fill("what is to be done in the garden today?");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Tell it now morning" }).waitFor();
  equal(await first.getByLabel("Rule").inputValue(), "0 7 * * 1-5", "its schedule");
  await usable(page, "an agent with a schedule");
  await shot(page, "agent-schedule-1440-light");
  expected.push("400 (Bad Request)");
  await first.getByLabel("Rule").fill("never");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("which is not five fields but 1").waitFor();
  await page.goto(`${base}/agents/agent?name=garden-scout`);
  await first.getByLabel("Take it out").check();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Nobody tells it anything by itself.").waitFor();

  await page.goto(base);
  const message = page.getByLabel("Message to assistant");
  for (const words of ["Remember that the cat is called Tom", "/calc 2+2*3", "What is the cat called?"]) {
    await message.fill(words);
    await message.press("Enter");
    await page.locator(".thinking").waitFor({ state: "detached" });
  }
  await page.goto(`${base}/agents/agent?name=assistant`);
  check((await page.locator(".plot rect").count()) >= 4, "its turns are plotted");
  await usable(page, "an agent with turns");
  await shot(page, "agent-turns-1440-light");
  await page.locator("th[scope=row] a").first().click();
  await page.waitForURL("**/ledger/turn?*");
  check((await page.locator(".waterfall .span").count()) >= 2, "its calls are shown");
  await page.locator(".span summary").first().click();
  await usable(page, "a turn");
  await shot(page, "turn-1440-light");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.emulateMedia({ colorScheme: "dark" });
  await usable(page, "a turn on a phone");
  await shot(page, "turn-390-dark");
  await page.getByRole("button", { name: "Run it again" }).click();
  await page.getByText("The same once more").waitFor();
  await page.goto(`${base}/ledger`);
  await page.getByRole("button", { name: "Verify the chain" }).click();
  await page.getByRole("heading", { name: "Every link holds" }).waitFor();
  await usable(page, "a chain that holds");
  await shot(page, "verify-390-dark");
}
