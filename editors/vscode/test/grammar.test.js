// The engine of the editor colours as the small one that the Python tests read the grammar with.
"use strict";

const assert = require("node:assert");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const test = require("node:test");
const oniguruma = require("vscode-oniguruma");
const { INITIAL, Registry, parseRawGrammar } = require("vscode-textmate");

const ROOT = path.resolve(__dirname, "../../..");
const SYNTAX = path.join(ROOT, "editors/vscode/syntaxes/score.tmLanguage.json");
const PYTHON = process.env.PYTHON || path.join(ROOT, ".venv/bin/python");

function files(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((each) => {
    const at = path.join(folder, each.name);
    return each.isDirectory() ? files(at) : at.endsWith(".score") ? [at] : [];
  });
}

async function grammar() {
  const wasm = fs.readFileSync(require.resolve("vscode-oniguruma/release/onig.wasm"));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async () => parseRawGrammar(fs.readFileSync(SYNTAX, "utf-8"), SYNTAX),
  });
  return registry.loadGrammar("source.leadscore");
}

function keywords(made, text) {
  let stack = INITIAL;
  return text.split("\n").map((line) => {
    const found = made.tokenizeLine(line, stack);
    stack = found.ruleStack;
    return found.tokens
      .filter((token) => token.scopes.at(-1).startsWith("keyword."))
      .map((token) => line.slice(token.startIndex, token.endIndex))
      .filter((word) => /^[a-z]/.test(word));
  });
}

test("both engines colour the same words of all rule files", async () => {
  const all = [...files(path.join(ROOT, "examples")), path.join(ROOT, "tests/dsl/whole.score")];
  const told = execFileSync(PYTHON, ["-m", "tests.textmate", SYNTAX, ...all], { cwd: ROOT, maxBuffer: 1 << 26 });
  const wanted = JSON.parse(told.toString());
  const made = await grammar();
  assert.ok(all.length > 5);
  for (const file of all) assert.deepStrictEqual(keywords(made, fs.readFileSync(file, "utf-8")), wanted[file], file);
});
