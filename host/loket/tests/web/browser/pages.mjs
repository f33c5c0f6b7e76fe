// Every page, on a large screen and on a phone, in light and dark.

const PAGES = { chat: "/", approvals: "/approvals", agents: "/agents", packages: "/packages", ledger: "/ledger",
  guardian: "/guardian", settings: "/settings", api: "/api", nothing: "/nothing" };

export async function play({ base, check, equal, expected, logIn, open, shot, usable }) {
  expected.push("404 (Not Found)");
  const { context, page } = await open();
  await page.goto(`${base}/login`);
  await usable(page, "login");
  await shot(page, "login-1440-light");
  await logIn(page);
  const message = page.getByLabel("Message to assistant");
  for (const words of ["Remember that the garden is watered at seven", "/calc 2+2*3", "When is the garden watered?"]) {
    await message.fill(words);
    await message.press("Enter");
    await page.locator(".thinking").waitFor({ state: "detached" });
  }
  const talk = page.url();
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      for (const [name, place] of Object.entries({ ...PAGES, talk: talk.replace(base, "") })) {
        await page.goto(base + place);
        await usable(page, `${name} at ${width}, ${colorScheme}`);
        await shot(page, `${name}-${width}-${colorScheme}`);
      }
    }
  }

  // By keys alone: past the rail, and to what is behind "More".
  await page.goto(`${base}/agents`);
  await page.keyboard.press("Tab");
  equal(await page.evaluate(() => document.activeElement.className), "skip", "the first stop leads past the rail");
  await page.getByText("More", { exact: true }).click();
  await page.getByRole("link", { name: "Settings" }).last().click();
  await page.waitForURL("**/settings");

  // The ledger grows while it is looked at.
  await page.goto(`${base}/ledger`);
  await page.locator("[data-live]:visible").waitFor();
  const first = await page.locator(".line .seq").first().innerText();
  const other = await context.newPage();
  await other.goto(base);
  await page.waitForFunction((first) => document.querySelector(".line .seq").textContent !== first, first);

  // The ledger page by page, and a turn of it.
  await page.goto(`${base}/ledger?with=loket%3Abrain`);
  await page.locator(".line").first().waitFor();
  await page.locator(".line summary").first().click();
  await page.locator(".line .inside a").first().click();
  await page.waitForURL("**/ledger/turn?turn=*");
  check(await page.locator(".waterfall .span").count() >= 1, "a turn is shown call by call");
  await page.getByRole("link", { name: "Its lines" }).click();
  await page.waitForURL("**/ledger?turn=*");
  check(await page.locator(".line").count() >= 2, "a turn has lines");
}
