// Bundles the rule builder: `npm run build` writes it, `npm run fresh` tells whether it is stale.
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, "../..");
const TARGET = join(ROOT, "personalize/static/personalize/admin/rule-builder");

async function bundled() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [join(HERE, "main.jsx")],
    outfile: `${TARGET}.js`,
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2020",
    charset: "utf8",
    jsx: "automatic",
    legalComments: "none", // the licences go into a file of their own, whole
    define: { "process.env.NODE_ENV": '"production"' },
    metafile: true,
    write: false,
  });
  const files = outputFiles.map((file) => [file.path, file.text]);
  return [...files, [`${TARGET}.licences.txt`, await licences(Object.keys(metafile.inputs))]];
}

/** Return the licences of the packages that are in the bundle. */
async function licences(inputs) {
  const folders = inputs.map((input) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(input)?.[0]);
  const texts = [...new Set(folders.filter(Boolean))].sort().map(async (folder) => {
    const { name, version } = JSON.parse(await readFile(join(ROOT, folder, "package.json"), "utf8"));
    return `${name} ${version}\n\n${await licenceIn(join(ROOT, folder))}`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}

async function licenceIn(folder) {
  for (const name of ["LICENSE", "LICENSE.md", "LICENSE.txt", "LICENCE"]) {
    try {
      return await readFile(join(folder, name), "utf8");
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }
  throw new Error(`${folder}: no licence found`);
}

const isCheck = process.argv.includes("--check");
for (const [path, text] of await bundled()) {
  if (!isCheck) {
    await writeFile(path, text);
  } else if (text !== (await readFile(path, "utf8").catch(() => ""))) {
    console.error(`${path} is stale: npm run build`);
    process.exitCode = 1;
  }
}
