// Builds what browsers load, into web/static/dist: KRDS cut to what our templates use, our own sheet and scripts and
// pictures, under names that change with their content, compressed once here and never on a request.
import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { PurgeCSS } from "purgecss";

const here = path.dirname(fileURLToPath(import.meta.url));
const source = path.join(here, "src");
const dist = path.join(here, "dist");

/** Replaces KRDS's 590 kB by the rules and tokens that a template, a script or our own sheet names. */
const cutKrds = {
  name: "cut-krds",
  setup(build) {
    build.onLoad({ filter: /krds\.min\.css$/ }, async ({ path: file }) => {
      const own = await readFile(path.join(source, "portal.css"), "utf8");
      const used = [...own.matchAll(/var\((--[\w-]+)/g)].map(([, name]) => name);
      const [{ css }] = await new PurgeCSS().purge({
        content: [path.join(here, "../templates/**/*.html"), path.join(source, "*.js")],
        css: [{ raw: await readFile(file, "utf8") }],
        variables: true,
        keyframes: true,
        fontFace: true,
        safelist: { standard: ["html", "body", "h1", "h2", "h3", "h4"], variables: used },
        blocklist: [/high-contrast/],
      });
      const local = css.replaceAll("https://www.krds.go.kr/resources/", "../");
      return { contents: local, loader: "css", resolveDir: path.dirname(file) };
    });
    build.onLoad({ filter: /krds-uiux.*\.svg$/ }, async ({ path: file }) => {
      return { contents: await readFile(file), loader: "dataurl" };
    });
  },
};

/** Builds everything and returns {"portal.css": "portal-ABCDEFGH.css", …}. */
async function bundle() {
  const { metafile } = await build({
    entryPoints: (await readdir(source)).map((name) => path.join(source, name)),
    outdir: dist,
    entryNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    format: "esm",
    target: ["chrome90", "safari15"],
    loader: { ".svg": "copy", ".png": "copy" },
    plugins: [cutKrds],
    metafile: true,
    logLevel: "warning",
  });
  const built = Object.entries(metafile.outputs).filter(([, output]) => output.entryPoint);
  return Object.fromEntries(built.map(([file, { entryPoint }]) => [path.basename(entryPoint), path.basename(file)]));
}

async function compress(name) {
  if (name.endsWith(".png")) return [name];
  const content = await readFile(path.join(dist, name));
  await writeFile(path.join(dist, `${name}.gz`), gzipSync(content, { level: 9 }));
  await writeFile(path.join(dist, `${name}.br`), brotliCompressSync(content));
  return [name, `${name}.gz`, `${name}.br`];
}

// What is of an earlier build goes last, so a build that stops halfway leaves the earlier one whole.
const manifest = await bundle();
const kept = (await Promise.all(Object.values(manifest).map(compress))).flat();
await writeFile(path.join(dist, "manifest.json"), JSON.stringify(manifest, null, 2));
for (const name of await readdir(dist)) {
  if (![...kept, "manifest.json", ".stamp"].includes(name)) await rm(path.join(dist, name));
}
