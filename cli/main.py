"""The entry point: finds the command, runs it, and turns however it ends into an exit status.

A command's module is imported when the command is called, so that `leadscore --help` stays quick; the one-line texts of
the list stand here for the same reason. Every command is a function that returns its exit status.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import click

from cli.problem import UNUSABLE, Problem, did_you_mean, reason
from cli.visible import visible

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""
CUT_OFF = 141
"""128 + SIGPIPE: whoever read the results has stopped reading."""


def _init() -> click.Command:
    from cli.init import command

    return command


def _check() -> click.Command:
    from cli.check import command

    return command


def _fmt() -> click.Command:
    from cli.fmt import command

    return command


def _test() -> click.Command:
    from cli.test import command

    return command


def _prove() -> click.Command:
    from cli.prove import command

    return command


def _diff() -> click.Command:
    from cli.diff import command

    return command


def _backtest() -> click.Command:
    from cli.backtest import command

    return command


def _history() -> click.Command:
    from cli.history import command

    return command


def _review() -> click.Command:
    from cli.review import command

    return command


def _calibrate() -> click.Command:
    from cli.calibrate import command

    return command


def _compile() -> click.Command:
    from cli.compile_table import command

    return command


def _score() -> click.Command:
    from cli.score import command

    return command


def _accounts() -> click.Command:
    from cli.accounts import command

    return command


def _segment() -> click.Command:
    from cli.segment import command

    return command


def _report() -> click.Command:
    from cli.report import command

    return command


def _explain() -> click.Command:
    from cli.explain import command

    return command


def _show() -> click.Command:
    from cli.show import command

    return command


def _docs() -> click.Command:
    from cli.docs import command

    return command


def _sample() -> click.Command:
    from cli.sample import command

    return command


def _plan() -> click.Command:
    from cli.plan import command

    return command


def _deploy() -> click.Command:
    from cli.deploy import command

    return command


def _versions() -> click.Command:
    from cli.versions import command

    return command


def _rollback() -> click.Command:
    from cli.rollback import command

    return command


def _status() -> click.Command:
    from cli.status import command

    return command


def _refold() -> click.Command:
    from cli.refold import command

    return command


def _redrive() -> click.Command:
    from cli.redrive import command

    return command


def _export() -> click.Command:
    from cli.export import command

    return command


def _erase() -> click.Command:
    from cli.erase import command

    return command


def _lsp() -> click.Command:
    from cli.lsp.command import command

    return command


def _completion() -> click.Command:
    from cli.completion import command

    return command


COMMANDS: dict[str, tuple[str, Callable[[], click.Command]]] = {
    "init": ("Write a starter project.", _init),
    "check": ("Parse, check and analyse rule files.", _check),
    "fmt": ("Format rule files.", _fmt),
    "test": ("Run the tests that stand in rule files.", _test),
    "prove": ("Say what follows from the rules for every possible lead.", _prove),
    "diff": ("Say what a new model changes in meaning.", _diff),
    "backtest": ("Say how well a score foretold an outcome.", _backtest),
    "calibrate": ("Propose points from what leads did.", _calibrate),
    "history": ("Write the rules over time, from git.", _history),
    "review": ("Say when the rules are to be looked at again, and why now.", _review),
    "compile": ("Compile a rule file to a table.", _compile),
    "score": ("Fold events and print the leads.", _score),
    "accounts": ("Fold events and print the accounts.", _accounts),
    "segment": ("Fold events and print the leads of a segment.", _segment),
    "report": ("Say what the scores tell the business.", _report),
    "explain": ("Say where every point of a lead comes from.", _explain),
    "show": ("Show a file's tree, program or table.", _show),
    "docs": ("Write a model as a page for everybody.", _docs),
    "sample": ("Make up an event file that a model understands.", _sample),
    "plan": ("Say what a changed model would do to recorded leads.", _plan),
    "deploy": ("Make a model live in the cloud, or put it on trial.", _deploy),
    "versions": ("List the releases there were.", _versions),
    "rollback": ("Make an earlier release live again.", _rollback),
    "status": ("Say what is live, and what waits or failed.", _status),
    "refold": ("Bring every lead under the live model.", _refold),
    "redrive": ("Send once more what was refused, after a mend.", _redrive),
    "export": ("Print all that is known of a lead in the cloud.", _export),
    "erase": ("Forget leads in the cloud.", _erase),
    "lsp": ("Serve an editor: the language server.", _lsp),
    "completion": ("Print the completion script of a shell.", _completion),
}
"""By name, in the order of the list: what the command does, and where it is."""


class _Commands(click.Group):
    """A group that imports a command when it is called for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = COMMANDS.get(cmd_name)
        return found[1]() if found is not None else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            raise click.UsageError(f"there is no command `{name}`{did_you_mean(name, COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (text, _) in COMMANDS.items()])


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"leadscore {version('leadscore')}")
        except PackageNotFoundError:
            click.echo("leadscore, run from its source without being installed")
        ctx.exit()


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  leadscore check model.score
  leadscore score model.score --events events.jsonl
  leadscore score model.score --events - --json < events.jsonl
  leadscore COMMAND --help

Exit status: 0 done; 1 the answer is no; 2 wrong usage or unreadable input.""",
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
def leadscore() -> None:
    """Lead scoring from rule files: check them, compile them, fold events with them."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line `argv` (the process's own if None); gives the exit status and never raises for a user's
    mistake."""
    _ready_streams()
    try:
        return _dispatch(list(sys.argv[1:] if argv is None else argv))
    except click.ClickException as wrong:
        return _usage(wrong)
    except Problem as problem:
        if problem.message:
            hint = visible(problem.hint) if problem.hint is not None else None
            _complain("leadscore", visible(problem.message), hint)
        return problem.status
    except KeyboardInterrupt:
        click.echo("leadscore: interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        _stop_writing()
        return CUT_OFF
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _complain("leadscore", f"{where}{reason(error)}", None)
        _stop_writing_if_it_fails()
        return UNUSABLE


def _dispatch(args: list[str]) -> int:
    if any("\0" in arg for arg in args):
        raise Problem("an argument holds a NUL character")
    if os.environ.get("_LEADSCORE_COMPLETE"):
        from click.shell_completion import shell_complete

        return shell_complete(leadscore, {}, "leadscore", "_LEADSCORE_COMPLETE", os.environ["_LEADSCORE_COMPLETE"])
    try:
        if not args:
            with click.Context(leadscore, info_name="leadscore") as ctx:
                click.echo(ctx.get_help(), err=True)
            return UNUSABLE
        with leadscore.make_context("leadscore", args) as ctx:
            status = leadscore.invoke(ctx)
            sys.stdout.flush()
            return status if isinstance(status, int) else 0
    except click.exceptions.Exit as left:
        sys.stdout.flush()
        return left.exit_code


def _usage(wrong: click.ClickException) -> int:
    ctx = getattr(wrong, "ctx", None)
    path = ctx.command_path if ctx is not None else "leadscore"
    message = wrong.format_message().rstrip(".")
    said = message if message[1:2].isupper() else message[:1].lower() + message[1:]  # MODEL stays as --help has it
    _complain(path, said, f"`{path} --help` shows the options and examples")
    return UNUSABLE


def _complain(who: str, message: str, hint: str | None) -> None:
    click.echo(f"{who}: {message}", err=True)
    if hint is not None:
        click.echo(f"  hint: {hint}", err=True)


def _ready_streams() -> None:
    """JSON is UTF-8 whatever the locale says, a file name may be no text at all, and what is written to a stream
    that was closed goes nowhere."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _stop_writing_if_it_fails() -> None:
    """What could not be written to standard output (a full disk) is not tried again at the interpreter's end, whose
    complaint would change the exit status."""
    try:
        sys.stdout.flush()
    except OSError:
        _stop_writing()


def _stop_writing() -> None:
    """Let the interpreter's last flush go nowhere: nothing takes what standard output still holds."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
