"""All benchmarks one after another, each in a process of its own: ``python -m benchmarks [--quick]``."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.measuring import ROOT, quick

NAMES = ("matching", "fold", "columns", "cold_start", "compile", "tools", "lsp", "prove", "cloud", "init")


def main() -> None:
    more = ["--quick"] if quick() else []
    for name in NAMES:
        subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *more], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
