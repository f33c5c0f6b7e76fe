// What others wrote: in memories and messages. It is shown, and does nothing.

const BAD = [
  "<script>document.title='owned'</script>",
  "<img src=x onerror=\"document.title='owned'\">",
  "<svg onload=\"document.title='owned'\">",
  "[link](javascript:document.title='owned')",
  "![image](http://127.0.0.1:9/track.png)",
  "</textarea></template><script>document.title='owned'</script>",
  "\"><iframe src=\"/logout\"></iframe>",
  "<form action=\"/logout\" method=\"post\"><button>click</button></form>",
];

export async function play({ act, base, check, equal, logIn, open }) {
  const { page } = await open();
  await logIn(page);
  for (const [at, bad] of BAD.entries()) {
    await act("remember", { text: `asked: ${bad}\nanswered: ${bad}`, conversation: `c${at}` });
  }
  const harmless = async (words) => {
    const found = await page.evaluate(() => {
      const count = (what) => document.querySelectorAll(what).length;
      return {
        title: document.title,
        tags: count("main iframe") + count("main img") + count("main script") + count("form[action='/logout']") - 2,
        ways: [...document.querySelectorAll("main a[href]")].filter((a) => !/^(https?|mailto):/.test(a.href)).length,
      };
    });
    check(!found.title.includes("owned") && found.tags === 0 && found.ways === 0, `${words}: ${JSON.stringify(found)}`);
  };
  await page.goto(base);
  await harmless("the list");
  for (const [at, bad] of BAD.entries()) {
    await page.goto(`${base}/?agent=assistant&conversation=c${at}`);
    equal(await page.locator(".said").innerText(), `You:\n${bad}`, "it is shown as it is");
    await harmless(bad);
  }
  // Said now: it streams, and is told again.
  await page.goto(base);
  const message = page.getByLabel("Message to assistant");
  for (const bad of BAD.slice(0, 5)) {
    await message.fill(`Remember that ${bad}`);
    await message.press("Enter");
    await page.locator(".thinking").waitFor({ state: "detached" });
    await harmless(bad);
  }
  await act("persona", { text: BAD.join("\n") });
  for (const place of ["/ledger", "/approvals", "/agents", "/packages", "/settings", "/agents/agent?name=assistant", "/brain",
    "/brain?kind=episode&q=title", "/brain/care?agent=assistant", "/authority", "/servers", "/models",
    "/chat/search?agent=assistant&q=title"]) {
    await page.goto(base + place);
    await harmless(place);
  }
  equal(await page.goto(`${base}/agents/agent?name=assistant`).then(() => page.getByLabel("Persona").inputValue()), BAD.join("\n"),
    "a persona is shown as it is");
  // Each memory by itself, and what is asked before it is forgotten.
  await page.goto(`${base}/brain?kind=episode`);
  const memories = await page.locator(".memory .words a").evaluateAll((links) => links.map((link) => link.href));
  check(memories.length >= BAD.length, "they are listed");
  for (const place of memories.slice(0, BAD.length)) {
    await page.goto(place);
    await harmless(place);
  }
  await page.getByRole("button", { name: "Forget…" }).click();
  await page.getByRole("heading", { name: "Forget this for good?" }).waitFor();
  await harmless("what is asked before it is forgotten");
  await page.goto(`${base}/ledger`);
  await page.locator(".line .inside a[href*='/ledger/turn']").first().evaluate((link) => link.click());
  await page.waitForURL("**/ledger/turn?*");
  await harmless("a turn");
  // A query is shown in fields, and a path in words.
  await page.goto(`${base}/ledger?with=${encodeURIComponent(BAD[6])}`);
  await harmless("a filter");
}
