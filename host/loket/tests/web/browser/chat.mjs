// A message, its answer, the conversation again, a slash and what it could mean, a file, and a correction.

export async function play({ act, base, check, equal, logIn, open, shot, usable }) {
  const { page } = await open();
  await logIn(page);
  const message = page.getByLabel("Message to assistant");
  await message.fill("Remember that the garden is watered at seven");
  await message.press("Enter");
  await page.locator(".answer-whole footer").waitFor();
  const first = await page.locator(".answer").last().innerText();
  check(first.length > 0, "it answers");
  await usable(page, "an answer");

  await message.fill("When is the garden watered?");
  await message.press("Enter");
  await page.locator(".answer-whole footer").nth(1).waitFor();
  check((await page.locator(".answer").last().innerText()).includes("seven"), "it knows");
  await page.getByText(/used \d+ memor/).last().click();
  await page.locator(".used q").first().waitFor();

  // The conversation is there again, and in the list.
  await page.reload();
  await page.locator(".said", { hasText: "When is the garden watered?" }).waitFor();
  await page.getByRole("navigation", { name: "Conversations" }).getByRole("link", { name: /garden is watered at seven/ }).waitFor();

  // A slash, by keys alone.
  await page.getByRole("link", { name: "New conversation" }).click();
  await message.waitFor();
  await message.pressSequentially("/hel");
  await page.getByRole("option", { name: /help/ }).first().waitFor();
  await usable(page, "commands");
  await message.press("Tab");
  check((await message.inputValue()).startsWith("/help"), "it is completed");
  await message.press("Enter");
  await page.locator(".answer-whole footer").waitFor();

  await message.fill("/calc 2+2*3");
  await message.press("Enter");
  await page.locator(".answer", { hasText: "8" }).waitFor();

  // What is typed faster than the list comes is not eaten by it.
  await message.pressSequentially("/r");
  await page.getByRole("option", { name: /recall/ }).first().waitFor();
  await page.route("**/chat/complete", () => {});
  await message.pressSequentially("ecall garden");
  await message.press("Enter");
  await page.locator(".said", { hasText: "/recall garden" }).waitFor();
  await page.locator(".thinking").waitFor({ state: "detached" });
  await page.unroute("**/chat/complete");

  // A file goes along, and what is no text does not.
  const note = (name, bytes) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) });
  await page.locator("[data-files]").setInputFiles([note("due.txt", "the roof is due in May"), note("photo.bin", [0xff, 0xfe])]);
  await page.getByRole("alert").filter({ hasText: "photo.bin is not text" }).waitFor();
  await page.getByRole("button", { name: "Leave out due.txt" }).waitFor();
  await usable(page, "a file that goes along");
  await shot(page, "files-1440-light");
  // What is refused can be said again as it was.
  await message.fill("/help");
  await message.press("Enter");
  await page.locator(".exchange", { hasText: "a command takes no files" }).waitFor();
  await page.getByRole("button", { name: "Stop" }).waitFor({ state: "hidden" });
  equal(await message.inputValue(), "/help", "the words are there again");
  await page.getByRole("button", { name: "Leave out due.txt" }).waitFor();
  await message.fill("Keep this in mind");
  await message.press("Enter");
  await page.locator(".said", { hasText: "Keep this in mind" }).filter({ hasText: "due.txt" }).waitFor();
  await page.locator(".answer-whole footer").last().waitFor();
  await page.getByRole("button", { name: "Stop" }).waitFor({ state: "hidden" });
  await page.reload();
  await page.locator(".said", { hasText: "the roof is due in May" }).waitFor();

  // However fast they come, there are no more files than go along, and what is still read goes along too.
  const drop = (name, files) => page.evaluate(([name, files]) => {
    const composer = document.querySelector("[data-composer]");
    for (const part of files) {
      const data = new DataTransfer();
      for (let at = 0; at < part; at++) data.items.add(new File(["x"], `${name}-${part}-${at}.txt`));
      composer.closest(".talk").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    }
    if (name === "last") composer.requestSubmit();
  }, [name, files]);
  await drop("first", [5, 4]);
  await page.locator("[data-attached-not]:visible").waitFor();
  equal(await page.locator("[data-attached] li").count(), 8, "so many go along");
  for (let at = 0; at < 8; at++) await page.locator("[data-attached] button").first().click();
  await message.fill("Keep this too");
  await drop("last", [1]);
  await page.locator(".said", { hasText: "last-1-0.txt" }).waitFor();
  await page.locator(".thinking").waitFor({ state: "detached" });

  // A correction becomes a lesson.
  await page.getByRole("navigation", { name: "Conversations" }).getByRole("link", { name: /garden is watered at seven/ }).click();
  await page.locator(".said", { hasText: "When is the garden watered?" }).waitFor();
  await page.getByText("correct this").last().click();
  await page.getByLabel("What was wrong").last().fill("the garden is watered at seven");
  await page.getByLabel("What is right").last().fill("the garden is watered at six");
  await usable(page, "a correction");
  await page.getByRole("button", { name: "Teach it" }).last().click();
  await page.getByText("The agent has learned that").waitFor();
  check((await act("recalls", { text: "garden watered" })).includes("at six"), "it is a lesson");
  await page.goto(base);
}
