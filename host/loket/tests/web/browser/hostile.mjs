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
  for (const place of ["/ledger", "/approvals", "/agents", "/packages", "/settings"]) {
    await page.goto(base + place);
    await harmless(place);
  }
  // A query is shown in fields, and a path in words.
  await page.goto(`${base}/ledger?with=${encodeURIComponent(BAD[6])}`);
  await harmless("a filter");
}
