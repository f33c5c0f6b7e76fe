// What an agent could do: as a picture, in sentences, and a grant changed after it was seen what changes.

export async function play({ act, base, check, equal, logIn, open, shot, usable }) {
  const { page } = await open();
  await logIn(page);
  await act("grant", { to: "assistant", what: "loket:calc", verdict: "allow" });
  await page.goto(`${base}/authority?of=assistant`);
  check((await page.locator(".could").innerText()).includes("call the tools of loket:calc"), "it is said in words");
  const labels = await page.locator(".graph .node text").allTextContents();
  check(labels.includes("assistant") && labels.includes("loket:calc"), `they are drawn: ${labels}`);
  await page.getByText("The same as a table").click();
  check((await page.locator(".table-of tbody tr").count()) > 2, "they stand in a table as well");
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    for (const colorScheme of ["light", "dark"]) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await usable(page, `authority at ${width}, ${colorScheme}`);
      await shot(page, `authority-of-${width}-${colorScheme}`);
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });

  // Seen first: nothing changes before it was.
  const grant = page.locator(".grant", { hasText: "loket:calc" });
  await grant.locator("summary").click();
  await grant.getByLabel("Verdict").selectOption("ask");
  await grant.getByLabel("Calls a day").fill("5");
  await shot(page, "grant-edit-1440-light");
  await grant.getByRole("button", { name: "See what would change" }).click();
  await page.getByRole("heading", { name: "Is this what you want?" }).waitFor();
  check((await page.locator(".changes ins").allInnerTexts()).includes("5 calls a day"), "what comes is shown");
  check((await page.locator(".changes del").allInnerTexts()).includes("allow"), "what goes is shown");
  const verdict = async () => (await act("grants", { of: "assistant" })).find((grant) => grant.capability === "loket:calc")?.verdict;
  equal(await verdict(), "allow", "nothing is changed yet");
  await usable(page, "what would change");
  await shot(page, "grant-preview-1440-light");
  await page.getByRole("button", { name: "Grant it so" }).click();
  await page.getByText("It is granted.").waitFor();
  equal(await verdict(), "ask", "it is changed");

  // Taken back.
  await page.locator(".grant", { hasText: "loket:calc" }).getByRole("button", { name: "Take back" }).click();
  await page.getByRole("heading", { name: "Is this what you want?" }).waitFor();
  equal(await verdict(), "ask", "it is there still");
  await page.getByRole("button", { name: "Take back" }).click();
  await page.getByText("It is taken back.").waitFor();
  equal(await verdict(), undefined, "it is gone");

  // Something that is none is said so.
  await page.getByText("Grant something else").click();
  await page.locator(".new-grant").getByLabel("Capability or package").fill("loket:calc");
  await page.locator(".new-grant").getByRole("button", { name: "See what would change" }).click();
  await page.getByText("This is a new grant.").waitFor();
  await page.getByRole("button", { name: "Grant it so" }).click();
  await page.getByText("It is granted.").waitFor();
  equal(await verdict(), "ask", "a new one asks, unless somebody wants otherwise");
}
