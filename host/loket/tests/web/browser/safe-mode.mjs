// Safe mode, before and after the login.

export async function play({ base, check, expected, logIn, open, shot, usable }) {
  const { page } = await open();
  expected.push("404 (Not Found)");
  await page.goto(`${base}/login`);
  await page.getByText("SAFE MODE").waitFor();
  await logIn(page);
  for (const place of ["/", "/approvals", "/agents", "/brain", "/authority", "/packages", "/servers", "/models", "/ledger",
    "/guardian", "/settings", "/nothing"]) {
    await page.goto(base + place);
    const banner = page.locator("[data-safe-mode]");
    await banner.waitFor();
    const size = await banner.locator("strong").evaluate((words) => parseFloat(getComputedStyle(words).fontSize));
    check(size >= 20, `${place}: the letters are large`);
    await usable(page, `safe mode at ${place}`);
  }
  await page.goto(`${base}/guardian`);
  await page.getByRole("heading", { name: "Safe mode is on" }).waitFor();
  await shot(page, "safe-mode-1440-light");
}
