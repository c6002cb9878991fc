// The client: starts `leadscore lsp` and hands everything on to it. What rule files mean is known to the server alone.
"use strict";

const vscode = require("vscode");
const { LanguageClient, RevealOutputChannelOn } = require("vscode-languageclient/node");

let client;

async function activate(context) {
  context.subscriptions.push(vscode.commands.registerCommand("leadscore.restart", restart));
  context.subscriptions.push(
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (["leadscore.path", "leadscore.arguments"].some((name) => change.affectsConfiguration(name))) return restart();
    }),
  );
  await start();
}

async function start() {
  const settings = vscode.workspace.getConfiguration("leadscore");
  const command = settings.get("path") || "leadscore";
  const server = { command, args: settings.get("arguments") || ["lsp"] };
  client = new LanguageClient("leadscore", "Leadscore", server, {
    documentSelector: [
      { scheme: "file", language: "leadscore" },
      { scheme: "untitled", language: "leadscore" },
    ],
    revealOutputChannelOn: RevealOutputChannelOn.Never,
  });
  try {
    await client.start();
  } catch (why) {
    client = undefined;
    await explain(command, why);
  }
}

async function explain(command, why) {
  const open = "Open the settings";
  const missing = /ENOENT/.test(String(why));
  const told = missing
    ? `Leadscore: there is no command \`${command}\`. Install it with: pip install 'leadscore[lsp]'`
    : `Leadscore: \`${command}\` did not start as a language server. ${why && why.message ? why.message : why}`;
  if ((await vscode.window.showErrorMessage(told, open)) === open) {
    await vscode.commands.executeCommand("workbench.action.openSettings", "leadscore.path");
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running !== undefined) await running.stop().catch(() => undefined);
}

async function restart() {
  await stop();
  await start();
}

module.exports = { activate, deactivate: stop };
