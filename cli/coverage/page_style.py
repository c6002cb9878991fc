"""How the page of coverage looks: light and dark as the reader has it, and on paper."""

from __future__ import annotations

STYLE = """
:root {
  --back: #fff; --text: #1c2024; --quiet: #60666d; --rule: #d9dde2; --panel: #f5f6f8; --link: #0b5cad;
  --all: #e3f4e6; --all-line: #3a9a55; --some: #fdf0cf; --some-line: #b77d00; --none: #fde0de; --none-line: #c8312b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #14171a; --text: #e4e7ea; --quiet: #9aa2aa; --rule: #343a40; --panel: #1c2024; --link: #7ab7ff;
    --all: #16341f; --all-line: #4fb86d; --some: #3d3110; --some-line: #e0a526; --none: #46191a; --none-line: #f2726c;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1.25rem 5rem; background: var(--back); color: var(--text);
  font: 16px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .25rem; overflow-wrap: anywhere; }
h2 small { color: var(--quiet); font-weight: normal; margin-left: .5rem; }
p { margin: .25rem 0 .75rem; color: var(--quiet); }
a { color: var(--link); }
table { border-collapse: collapse; margin: .5rem 0 1rem; font-size: .9rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .9rem .25rem 0; border-bottom: 1px solid var(--rule); }
th { color: var(--quiet); font-weight: 600; }
.summary th:not(:first-child), .summary td:not(:first-child) { text-align: right; font-variant-numeric: tabular-nums; }
.summary td:first-child { overflow-wrap: anywhere; }
.missing td:first-child { text-align: right; }
.missing td:nth-child(2) { white-space: nowrap; }
.bar { display: inline-block; width: 7rem; height: .6rem; background: var(--none); border: 1px solid var(--rule); }
.bar span { display: block; height: 100%; background: var(--all-line); }
code { font: .86rem/1.55 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
.source { border: 1px solid var(--rule); background: var(--panel); padding: .4rem 0; }
.line { display: flex; border-left: 4px solid transparent; }
.line code { white-space: pre-wrap; overflow-wrap: anywhere; flex: 1; padding-right: .75rem; }
.line.all { border-color: var(--all-line); }
.line.some { border-color: var(--some-line); }
.line.none { border-color: var(--none-line); }
.line:target { outline: 2px solid var(--link); }
.number { width: 3.5rem; padding-right: 1rem; text-align: right; color: var(--quiet); text-decoration: none;
  font: .8rem/1.7 ui-monospace, Menlo, Consolas, monospace; user-select: none; flex: none; }
mark { color: inherit; border-radius: 2px; padding: 0 1px; text-decoration-thickness: 2px; text-underline-offset: 3px; }
mark.all { background: var(--all); }
mark.some { background: var(--some); text-decoration: underline dotted var(--some-line); }
mark.none { background: var(--none); text-decoration: underline solid var(--none-line); }
mark[data-tip]:hover, mark[data-tip]:focus { outline: 2px solid var(--text); cursor: help; }
mark[data-tip]:hover::after, mark[data-tip]:focus::after { content: attr(data-tip); position: fixed; left: 0; right: 0;
  bottom: 0; padding: .7rem 1.25rem; background: var(--text); color: var(--back); z-index: 1;
  font: 1rem/1.4 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; white-space: normal; }
.legend mark { margin-right: .4rem; }
@media print {
  :root { --back: #fff; --text: #000; --quiet: #444; --rule: #bbb; --panel: #fff; --link: #000; --all: #eef8f0;
    --all-line: #3a9a55; --some: #fdf0cf; --some-line: #b77d00; --none: #fde0de; --none-line: #c8312b; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  mark, .line, .bar, .bar span { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  mark::after { display: none; }
  .line, tr { break-inside: avoid; }
  h2 { break-after: avoid; }
  section + section { break-before: page; }
  .screen { display: none; }
  a { text-decoration: none; }
}
"""
"""The style sheet."""
