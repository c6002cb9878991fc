"""The items that an editor lists: how each looks in the list, and what it puts in place of what."""

from __future__ import annotations

from typing import Any

from lsprotocol import types as lsp

from cli.lsp.analysis import Analysis
from cli.lsp.buffers import Buffer
from cli.lsp.desk import Desk
from compiler.symbols import Symbol

KINDS = {
    "attribute": lsp.CompletionItemKind.Field, "event": lsp.CompletionItemKind.Event,
    "property": lsp.CompletionItemKind.Property, "tally": lsp.CompletionItemKind.Variable,
    "score": lsp.CompletionItemKind.Class, "let": lsp.CompletionItemKind.Constant,
    "set": lsp.CompletionItemKind.Variable, "stage": lsp.CompletionItemKind.EnumMember,
    "trigger": lsp.CompletionItemKind.Function, "band": lsp.CompletionItemKind.EnumMember,
    "member": lsp.CompletionItemKind.EnumMember, "option": lsp.CompletionItemKind.EnumMember,
    "variable": lsp.CompletionItemKind.Variable, "account score": lsp.CompletionItemKind.Class,
    "source": lsp.CompletionItemKind.Interface, "tag": lsp.CompletionItemKind.Value,
    "emitted": lsp.CompletionItemKind.Value,
}  # fmt: skip
Item = dict[str, Any]


class Items:
    """Makes the items for what stands between two code points of a file, `begin` and `end`."""

    def __init__(
        self, desk: Desk, buffer: Buffer, analysis: Analysis | None, begin: int, end: int, snippets: bool
    ) -> None:
        self.desk = desk
        self.buffer = buffer
        self.analysis = analysis
        self.begin = begin
        self.end = end
        self.snippets = snippets
        self.count = 0

    def item(self, label: str, kind: lsp.CompletionItemKind, text: str | None = None, detail: str = "") -> Item:
        """One item, in the order in which they are made. `text` may have a `$0` where the cursor goes."""
        new = label if text is None else text
        if not self.snippets:
            new = new.replace("$0", "")
        start, end = self.buffer.text.place(self.begin), self.buffer.text.place(self.end)
        self.count += 1
        made: Item = {
            "label": label,
            "kind": kind.value,
            "sortText": f"{self.count:05}",
            "filterText": label,
            "textEdit": {
                "range": {
                    "start": {"line": start[0], "character": start[1]},
                    "end": {"line": end[0], "character": end[1]},
                },
                "newText": new,
            },
        }
        if self.snippets and "$0" in new:
            made["insertTextFormat"] = lsp.InsertTextFormat.Snippet.value
        if detail:
            made["detail"] = detail
        return made

    def symbol(self, symbol: Symbol, text: str | None = None) -> Item:
        made = self.item(symbol.name, KINDS[symbol.kind], text, self.detail(symbol))
        made["data"] = [self.buffer.uri, symbol.kind, symbol.name, symbol.owner]
        return made

    def detail(self, symbol: Symbol) -> str:
        """What kind of thing it is, and its type or the text that people see."""
        node = None if self.analysis is None else self.analysis.symbols.nodes.get(symbol)
        kind = symbol.kind
        type_ = getattr(node, "type", None)
        label = getattr(node, "label", None)
        if type_ is not None and kind in ("attribute", "property"):
            return f"{kind}: {type_.kind}"
        value = getattr(label, "value", None)
        return f"{kind} “{value}”" if isinstance(value, str) else kind
