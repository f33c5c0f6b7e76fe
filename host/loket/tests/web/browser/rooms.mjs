// The pages of brains, authority, agents, packages, servers and models, on a large screen and on a phone, in light and dark.

const PAGES = { agent: "/agents/agent?name=assistant", "agent-new": "/agents/new", brain: "/brain",
  recall: "/brain?agent=assistant&q=When+is+the+garden+watered%3F", care: "/brain/care?agent=assistant&dream=1",
  authority: "/authority", package: "/packages/package?name=loket:fetch", servers: "/servers", models: "/models",
  search: "/chat/search?agent=assistant&q=garden" };

export async function play({ base, logIn, open, shot, usable }) {
  const { page } = await open();
  await logIn(page);
  const message = page.getByLabel("Message to assistant");
  for (const words of ["Remember that the garden is watered at seven", "When is the garden watered?"]) {
    await message.fill(words);
    await message.press("Enter");
    await page.locator(".thinking").waitFor({ state: "detached" });
  }
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      for (const [name, place] of Object.entries(PAGES)) {
        await page.goto(base + place);
        await usable(page, `${name} at ${width}, ${colorScheme}`);
        await shot(page, `${name}-${width}-${colorScheme}`);
      }
    }
  }
}
