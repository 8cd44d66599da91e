// After the build: presses every text file beside itself, and refuses what is too heavy.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const out = process.env.UI_OUT ?? "../synnefod/web/static";
const FIRST_VIEW = 300_000; // bytes of gzip: script and style of the first view
const LAZY = 200_000; // bytes of gzip: any area loaded later
const PRESSED = new Set([".js", ".css", ".html", ".svg", ".json"]);

const files = readdirSync(out, { recursive: true })
  .map(String)
  .filter((name) => statSync(join(out, name)).isFile());
const sizes = new Map();
for (const name of files) {
  if (!PRESSED.has(extname(name)) || name === "manifest.json") continue;
  const plain = readFileSync(join(out, name));
  const gz = gzipSync(plain, { level: 9 });
  sizes.set(name, gz.length);
  if (plain.length < 512) continue;
  writeFileSync(join(out, name + ".gz"), gz);
  writeFileSync(
    join(out, name + ".br"),
    brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  );
}

const manifest = JSON.parse(readFileSync(join(out, "manifest.json"), "utf8"));
rmSync(join(out, "manifest.json"));
/** What a chunk needs before it runs: itself, what it imports, and their styles. */
function needed(key, seen = new Set()) {
  const entry = manifest[key];
  if (!entry || seen.has(entry.file)) return seen;
  seen.add(entry.file);
  for (const style of entry.css ?? []) seen.add(style);
  for (const other of entry.imports ?? []) needed(other, seen);
  return seen;
}
const weigh = (names) => [...names].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
const first = needed("index.html");
// The page that people land on is loaded at once, too.
for (const key of Object.keys(manifest)) if (key.includes("areas/home/")) needed(key, first);
const heavy = [];
const firstWeight = weigh(first);
if (firstWeight > FIRST_VIEW) heavy.push(`the first view weighs ${firstWeight} of ${FIRST_VIEW} bytes`);
let most = 0;
for (const [key, entry] of Object.entries(manifest)) {
  if (!entry.isDynamicEntry) continue;
  const own = weigh([...needed(key)].filter((name) => !first.has(name)));
  most = Math.max(most, own);
  if (own > LAZY) heavy.push(`${key} weighs ${own} of ${LAZY} bytes`);
}
if (heavy.length) {
  console.error(`too heavy (gzip): ${heavy.join("; ")}`);
  process.exit(1);
}
console.log(`web application: first view ${firstWeight} bytes of gzip, heaviest later part ${most}`);
