// What a browser does with a session in a cookie: prints a JSON object a line, the name of a step and what came of it.
// Pages of the graph's own origin, which serves none, are laid there from a folder; those of others come from their servers.
// node cookies.mjs <chromium> <folder> <graph> <friend> <stranger> <debate> <email> <password>
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [executablePath, folder, graph, friend, stranger, debate, email, password] = process.argv.slice(2);
const own = new URL("/pages/", graph).href;
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

const print = (step, told) => process.stdout.write(`${JSON.stringify({ step, told })}\n`);

/** What pages of all origins try. What fails says so. */
function trying() {
  const json = { "content-type": "application/json" };
  const told = async (work) => {
    try {
      return await work();
    } catch (error) {
      return `failed: ${error.name}`;
    }
  };
  globalThis.ask = (url, query, more = {}) =>
    told(async () => {
      const body = JSON.stringify({ query });
      const answer = await fetch(url, { method: "POST", credentials: "include", headers: json, body, ...more });
      return answer.type === "opaque" ? "nothing to read" : { status: answer.status, ...(await answer.json()) };
    });
  globalThis.asEvent = (url, query) =>
    told(async () => {
      const headers = { ...json, accept: "text/event-stream" };
      const answer = await fetch(url, { method: "POST", credentials: "include", headers, body: JSON.stringify({ query }) });
      return answer.text();
    });
  globalThis.connect = (url, query) =>
    new Promise((resolve) => {
      const socket = (globalThis.socket = new WebSocket(url.replace(/^http/, "ws"), "graphql-transport-ws"));
      globalThis.hungUp = new Promise((end) => socket.addEventListener("close", ({ code }) => end(code)));
      globalThis.hungUp.then((code) => resolve(`closed: ${code}`));
      const send = (message) => socket.send(JSON.stringify(message));
      socket.addEventListener("open", () => send({ type: "connection_init" }));
      socket.addEventListener("message", ({ data }) => {
        const { type, payload } = JSON.parse(data);
        if (type === "connection_ack") send({ type: "subscribe", id: "1", payload: { query } });
        if (type === "next") resolve(payload);
      });
    });
  globalThis.listen = (url, query) =>
    new Promise((resolve) => {
      const source = new EventSource(`${url}?${new URLSearchParams({ query })}`, { withCredentials: true });
      globalThis.events = [];
      source.addEventListener("next", ({ data }) => globalThis.events.push(JSON.parse(data)));
      source.addEventListener("open", () => resolve("open"));
      source.addEventListener("error", () => resolve("failed"));
    });
}

const WHO = "{ viewer { email } }";
const SIGN_OUT = "mutation { signOut { __typename } }";
const FOLLOW = `subscription { debateEvents(debateId: "${debate}") { event { ... on CommentAdded { comment { body } } } } }`;

const browser = await chromium.launch({
  executablePath,
  headless: true,
  // A page that was laid there has no address, and Chromium would not let it connect to one of this machine.
  args: ["--no-sandbox", "--no-first-run", "--no-proxy-server", "--disable-gpu", "--disable-features=LocalNetworkAccessChecks"],
});
const context = await browser.newContext();
await context.addInitScript(trying);
await context.route(`${own}**`, (route) => route.fulfill({ path: `${folder}/${new URL(route.request().url()).pathname.split("/").pop()}` }));

async function open(address) {
  const page = await context.newPage();
  await page.goto(address);
  return page;
}

const run = (page, what, ...given) =>
  page.evaluate(([what, given]) => globalThis[what](...given), [what, [graph, ...given]]);

const page = await open(`${own}page.html`);
print("before", await run(page, "ask", WHO));
print(
  "signIn",
  await page.evaluate(async (given) => (await import("./signing-in.js")).signIn(given), { url: graph, email, password }),
);
print("script", await page.evaluate(() => document.cookie));
print("kept", await context.cookies(graph));
print("ask", await run(page, "ask", WHO));
print("asEvent", await run(page, "asEvent", WHO));
print("connect", await run(page, "connect", WHO));
print("listen", await run(page, "listen", FOLLOW));
const graphiql = await open(graph);
print("graphiql", [await run(graphiql, "ask", WHO), await run(graphiql, "connect", WHO)]);

const other = await open(friend);
print("friend", [await run(other, "ask", WHO), await run(other, "connect", WHO), await run(other, "listen", FOLLOW)]);

const evil = await open(stranger);
const simple = { mode: "no-cors", headers: { "content-type": "text/plain" } };
print("stranger", {
  script: await evil.evaluate(() => document.cookie),
  reads: await run(evil, "ask", WHO),
  writes: [await run(evil, "ask", SIGN_OUT), await run(evil, "ask", SIGN_OUT, simple)],
  connects: await run(evil, "connect", WHO),
  listens: await run(evil, "listen", FOLLOW),
  anonymously: await run(evil, "ask", WHO, { credentials: "omit" }),
});
print("ready", null);

await lines.next(); // somebody has commented
await page.waitForFunction(() => globalThis.events.length > 0);
print("heard", await page.evaluate(() => globalThis.events.map(({ data }) => data.debateEvents.event.comment.body)));
print("signOut", await run(page, "ask", SIGN_OUT));
print("closed", await page.evaluate(() => globalThis.hungUp));
print("left", await context.cookies(graph));
print("after", await run(page, "ask", WHO));
await browser.close();
process.exit();
