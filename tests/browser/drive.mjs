// Chromium with a page for each name and address that it is given, until its stdin ends. What the pages print comes out a
// JSON object a line, with the name of its page; what goes wrong in them as `complaint`.
// node drive.mjs <chromium> <name> <address> [<name> <address> ...]
import { chromium } from "playwright-core";

const QUIET = "background-networking component-update sync quic gpu".split(" ").map((name) => `--disable-${name}`);
const [executablePath, ...pages] = process.argv.slice(2);

function print(page, told) {
  process.stdout.write(`${JSON.stringify({ page, ...told })}\n`);
}

function hear(name, message) {
  const text = message.text();
  print(name, message.type() === "log" && text.startsWith("{") ? JSON.parse(text) : { complaint: text });
}

const browser = await chromium.launch({
  executablePath,
  headless: true,
  args: ["--no-sandbox", "--no-first-run", "--no-proxy-server", ...QUIET],
});
process.stdin.resume();
process.stdin.once("end", () => browser.close());

const context = await browser.newContext();
for (let at = 0; at < pages.length; at += 2) {
  const [name, address] = pages.slice(at, at + 2);
  const page = await context.newPage();
  page.on("console", (message) => hear(name, message));
  page.on("pageerror", (error) => print(name, { complaint: String(error) }));
  await page.goto(address);
}
