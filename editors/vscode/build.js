// Bundles the client into one file, with the licences of what goes into it beside that.
"use strict";

const esbuild = require("esbuild");
const fs = require("node:fs");
const path = require("node:path");

const made = esbuild.buildSync({
  absWorkingDir: __dirname,
  entryPoints: ["src/extension.js"],
  bundle: true,
  minify: true,
  platform: "node",
  target: "node18",
  external: ["vscode"],
  outfile: "dist/extension.js",
  metafile: true,
});
const folders = Object.keys(made.metafile.inputs).map((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]);
const notices = [...new Set(folders.filter(Boolean))].sort().map((folder) => {
  const about = JSON.parse(fs.readFileSync(path.join(__dirname, folder, "package.json"), "utf-8"));
  const licence = fs.readdirSync(path.join(__dirname, folder)).find((name) => /^licen[cs]e/i.test(name));
  if (licence === undefined) throw new Error(`${folder} has no licence`);
  return `${about.name} ${about.version}\n\n${fs.readFileSync(path.join(__dirname, folder, licence), "utf-8").trim()}\n`;
});
fs.writeFileSync(path.join(__dirname, "dist/licences.txt"), notices.join(`\n${"-".repeat(80)}\n\n`));
