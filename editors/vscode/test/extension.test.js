// The bundle loads, says what to do where the command is missing, and the package holds what it needs and no more.
"use strict";

const assert = require("node:assert");
const { execFileSync } = require("node:child_process");
const Module = require("node:module");
const path = require("node:path");
const test = require("node:test");

const HOME = path.resolve(__dirname, "..");

test("the package holds what it needs and no more", () => {
  const vsce = path.join(HOME, "node_modules/.bin/vsce");
  const listed = execFileSync(vsce, ["ls", "--no-dependencies"], { cwd: HOME }).toString().trim().split("\n");
  assert.deepStrictEqual(listed.map((each) => each.trim()).sort(), [
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "dist/extension.js",
    "dist/licences.txt",
    "icon.png",
    "language-configuration.json",
    "package.json",
    "snippets/score.json",
    "syntaxes/score.tmLanguage.json",
  ]);
});

test("the bundle can be loaded, with nothing beside it but the editor", () => {
  const load = Module._load;
  const anything = new Proxy(function () {}, {
    get: (_, name) => (name === Symbol.toPrimitive ? () => "" : anything),
    apply: () => anything,
    construct: () => anything,
  });
  Module._load = (name, ...more) => (name === "vscode" ? anything : load(name, ...more));
  try {
    const made = require(path.join(HOME, "dist/extension.js"));
    assert.deepStrictEqual(Object.keys(made).sort(), ["activate", "deactivate"]);
  } finally {
    Module._load = load;
  }
});
