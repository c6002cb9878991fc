"""A look brought up to the text there is now, for those who must not miss a place and can't wait for the next look.

That is possible where the text is read to its end and the change lies in a few declarations (`dsl.reread`) that declare
what they declared before (`compiler.resume`): as it is with nearly all that is typed into a rule.
"""

from __future__ import annotations

from dataclasses import replace

from cli.lsp.analysis import Analysis
from cli.lsp.buffers import Buffers, source_of_text
from cli.lsp.text import ends
from compiler.resume import resume
from dsl.reread import Edit, Reread, reread
from dsl.source import Source


def caught_up(analysis: Analysis, buffers: Buffers) -> Analysis | None:
    """What a look would say now, as far as names go: its compilation holds the sources of now and else what it held.
    None if there is no way but to look."""
    context = analysis.compilation.context
    revisions = dict(analysis.revisions)
    edits: dict[str, tuple[Source, Reread]] = {}
    for name in analysis.compilation.files:
        buffer = buffers.at(name)
        if (None if buffer is None else buffer.revision) == analysis.revisions.get(name):
            continue
        if buffer is None or name not in analysis.whole:
            return None
        old, new = analysis.compilation.files[name], source_of_text(name, buffer.text.text)
        revisions[name] = buffer.revision
        if new.text == old.text:
            continue
        low, high = ends(old.text, new.text)
        edit = Edit(low, len(old.text) - high, len(new.text) - len(old.text))
        found = reread(analysis.trees[name], old, new, edit)
        if found is None:
            return None
        edits[name] = new, found
    done = None if context is None or analysis.broken else resume(context, analysis.symbols, edits)
    if done is None:
        return None
    context, symbols = done
    compilation = replace(analysis.compilation, files=context.loaded.files, context=context)
    return replace(analysis, compilation=compilation, symbols=symbols, revisions=revisions)
