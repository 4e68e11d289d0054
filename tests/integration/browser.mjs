// Opens pages in a real Chromium and prints, as JSON, what a person or a checker would object to.
// Usage: node browser.mjs CHROMIUM MODULES PAGE.html... (MODULES: a folder with node_modules)
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [chromium, modules, ...pages] = process.argv.slice(2);
const require = createRequire(modules + "/");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const browser = await require("playwright-core").chromium.launch({
  executablePath: chromium,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});

async function opened(file, options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const said = [], requests = [];
  page.on("console", message => said.push(message.text()));
  page.on("pageerror", error => said.push(error.message));
  page.on("request", request => requests.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  return { context, page, said, requests };
}

async function checked(file, width, colorScheme) {
  const { context, page, said, requests } = await opened(file,
    { viewport: { width, height: 800 }, colorScheme });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  const bars = await page.evaluate(() => document.querySelectorAll(".zoom button").length);
  await page.evaluate(() => document.querySelectorAll("details").forEach(one => { one.open = true; }));
  const wideOpen = await page.evaluate(() => document.documentElement.scrollWidth);
  await page.evaluate(axe);  // through the debugger: the page's own policy stays as it is
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const violations = found.violations.map(
    one => one.id + ": " + one.nodes.slice(0, 3).map(node => node.target.join(" ")).join(" | "));
  await context.close();
  return { file, width, colorScheme, wide, wideOpen, bars, said, requests, violations };
}

async function handled(file) {
  const { context, page, said } = await opened(file, { viewport: { width: 800, height: 900 } });
  const told = {};
  const days = page.locator(".plot.days");
  await days.focus();
  await page.keyboard.press("ArrowRight");
  told.day = await page.locator(".timeline .readout").textContent();
  const leg = page.locator(".leg-grid").first();
  await leg.focus();
  for (let n = 0; n < 13; n += 1) { await page.keyboard.press("ArrowRight"); }
  told.hour = await page.locator(".latency .readout").first().textContent();
  await leg.locator("svg").hover({ position: { x: 200, y: 40 } });
  told.pointed = await page.locator(".latency .readout").first().textContent();
  await page.locator(".zoom button").nth(2).click();
  told.box = await leg.locator("svg").evaluate(svg => [svg.viewBox.baseVal.x, svg.viewBox.baseVal.width]);
  told.pressed = await page.locator(".zoom button[aria-pressed=true]").allTextContents();
  told.said = said;
  await context.close();
  return told;
}

async function withoutScript(file) {
  const { context, page } = await opened(file,
    { javaScriptEnabled: false, viewport: { width: 360, height: 800 } });
  const text = await page.locator("main").innerText();
  await page.locator(".timeline details summary").click();
  const rows = await page.locator(".timeline tbody tr").first().innerText();
  await context.close();
  return { text, rows };
}

const report = { checks: [] };
// The first pages in all four looks, the others (large ones take seconds) at the narrowest.
for (const [place, file] of pages.entries()) {
  report.checks.push(await checked(file, 360, "light"));
  if (place > 1) { continue; }
  report.checks.push(await checked(file, 360, "dark"));
  report.checks.push(await checked(file, 1280, "light"));
  report.checks.push(await checked(file, 1280, "dark"));
}
report.handled = await handled(pages[0]);
report.withoutScript = await withoutScript(pages[0]);
await browser.close();
console.log(JSON.stringify(report));
