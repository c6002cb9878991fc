"""`leadscore completion`: the script that teaches a shell to complete commands, options and files."""

from __future__ import annotations

import sys

import click
from click.shell_completion import get_completion_class


@click.command(
    "completion",
    epilog="""\b
Examples:
  eval "$(leadscore completion bash)"                                      # in ~/.bashrc
  eval "$(leadscore completion zsh)"                                       # in ~/.zshrc
  leadscore completion fish > ~/.config/fish/completions/leadscore.fish""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print the completion script for SHELL."""
    kind = get_completion_class(shell)
    assert kind is not None
    made = kind(ctx.find_root().command, {}, "leadscore", "_LEADSCORE_COMPLETE")
    sys.stdout.write(made.source_template % made.source_vars() + "\n")
    return 0
