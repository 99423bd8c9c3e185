/** Fails when the tracker or a module is larger, gzipped as it is served, than its promise. */

import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const FOLDER = new URL("../../personalize/static/personalize/", import.meta.url);
const CORE_BYTES = 4000;
const MODULE_BYTES = 2000;

const modules = readdirSync(new URL("modules/", FOLDER)).map((name) => `modules/${name}`);
for (const name of ["tracker.js", ...modules]) {
  const bytes = gzipSync(readFileSync(new URL(name, FOLDER)), { level: 9 }).length;
  const limit = name === "tracker.js" ? CORE_BYTES : MODULE_BYTES;
  console.log(`${name}: ${bytes} of ${limit} bytes gzipped`);
  if (bytes > limit) process.exitCode = 1;
}
