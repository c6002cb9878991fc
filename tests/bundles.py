"""Bundles for tests: the packages as they are installed here, without a registry."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
from pathlib import Path

from infra import bundle


def from_here(folder: Path) -> None:
    """Puts the locked packages into the folder as they are installed here: what pip would put there and
    the bundle keep."""
    for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", bundle.LOCK.read_text(encoding="utf-8"), re.MULTILINE):
        distribution = importlib.metadata.distribution(name)
        assert distribution.version == version, "the lock and the environment differ: run make setup"
        for file in distribution.files or ():
            unread = file.parts[1:2] == ("data",) and len(file.parts) > 3 and file.parts[2] not in bundle.SERVICES
            if not unread and ".." not in file.parts and "__pycache__" not in file.parts:
                target = folder / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), target)
