"""Deploys infra/template.yaml: packs the bundle, and hands both to AWS SAM.

    python -m infra.deploy leadscore                                    # a stack of this name, as the template has it
    python -m infra.deploy leadscore AlarmEmail=ops@example.org --arch x86_64

The bundle is packed for the machine and the Python that the functions are deployed with. Account and region are those
of the environment; with AWS_ENDPOINT_URL set, everything goes there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from infra import bundle

TEMPLATE = bundle.ROOT / "infra" / "template.yaml"
BUNDLE = bundle.ROOT / "build" / "lambda"
"""Where the template looks for it."""


def sam() -> str | None:
    """The command of AWS SAM: what `make tools` installs, else what is on the path."""
    own = bundle.ROOT / ".venv" / "tools" / "sam" / "bin" / "sam"
    return str(own) if own.is_file() else shutil.which("sam")


def sam_arguments(stack: str, arch: str, python: str, parameters: Sequence[str]) -> list[str]:
    """What SAM is asked; running it again without a change is no failure."""
    settings = [f"Runtime=python{python}", f"Architecture={arch}", *parameters]
    return [
        "deploy", "--template-file", str(TEMPLATE), "--stack-name", stack, "--resolve-s3",
        "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "--no-confirm-changeset",
        "--no-fail-on-empty-changeset", "--tags", "application=leadscore", "--parameter-overrides", *settings,
    ]  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    """The command; its exit status is SAM's, or 2 if there is no SAM or no bundle."""
    parser = argparse.ArgumentParser(prog="python -m infra.deploy", description="Deploys the serverless runtime.")
    parser.add_argument("stack", help="the name of the stack, which all its resources carry")
    parser.add_argument("parameters", nargs="*", metavar="Name=Value", help="parameters of infra/template.yaml")
    parser.add_argument("--arch", choices=sorted(bundle.MACHINES), default="arm64", help="default: %(default)s")
    parser.add_argument("--python", default=bundle.HERE, help="the functions' Python (default: %(default)s, this one)")
    given = parser.parse_intermixed_args(argv)
    odd = [each for each in given.parameters if "=" not in each]
    if odd:
        parser.error(f"{odd[0]} is no Name=Value")
    command = sam()
    if command is None:
        print("AWS SAM is not installed: run `make tools`, or install aws-sam-cli", file=sys.stderr)
        return 2
    try:
        bundle.build(BUNDLE, bundle.with_pip(given.arch, given.python), given.python)
    except bundle.BundleError as error:
        print(error, file=sys.stderr)
        return 2
    print(bundle.told(BUNDLE), flush=True)
    env = {"SAM_CLI_TELEMETRY": "0", **os.environ}
    arguments = sam_arguments(given.stack, given.arch, given.python, given.parameters)
    return subprocess.run([command, *arguments], cwd=Path.cwd(), env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
