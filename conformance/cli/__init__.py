"""The command line: one module a command, each imported when it is called, so that none pays for another."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

import click

from conformance import __version__
from conformance.model.errors import INTERNAL_ERROR, INTERRUPTED, USAGE_ERROR, UserError
from conformance.model.option import EMPTY
from conformance.signals import EARLY, end_in_order

_COMMANDS = {
    "run": "Run the suite against a subject: the main job.",
    "merge": "Make one result of the shards of a run.",
    "replay": "Run one recorded case again and explain it.",
    "explain": "What a word means: check, verdict, class, kind, rules, policy.",
    "list": "What there is: subjects, compilers, checks, kinds, rules, reports.",
    "matrix": "The acceptance table: observed beside the rules.",
    "audit": "Call every function of a compiled library wrongly.",
    "compat": "What works across versions: what code is built against by what runs.",
    "campaign": "Many runs on a cluster, from a plan; what is stored is not run again.",
    "sanitizers": "Who catches which mismatches: type codes, sanitizers, warnings.",
    "cost": "What a convention costs: stack bytes, machine code, time.",
    "site": "A static site from many results: subjects, versions, trends, badges.",
    "diff": "Which verdicts changed between two results.",
    "waivers": "Write or prune the entries of a waiver file.",
    "doctor": "What is installed, what is missing, and what mends it.",
}
_MODULES = {"list": "listing"}


class _Group(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"conformance.cli.{_MODULES.get(cmd_name, cmd_name)}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"there is no command '{args[0]}'; {suggest(args[0], _COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_Group, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="abi-conformance")
@click.pass_context
def root(ctx: click.Context) -> None:
    """Tests type-erased function-call runtimes against their own acceptance rules."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
    elif ctx.invoked_subcommand != "run":  # which goes on starting until its plugin is there
        ctx.call_on_close(end_in_order())


def suggest(word: str, known: Sequence[str] | dict[str, str]) -> str:
    """`did you mean …?`, or all there is."""
    from difflib import get_close_matches

    names = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), names, 1)
    return f"did you mean {names[near[0]]}?" if near else f"there are {', '.join(known)}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit code. Whatever the user can mend is one sentence on standard error."""
    _open_streams()
    words = list(sys.argv[1:] if argv is None else argv)
    blank = blank_option(words)
    if blank:
        return _complain(f"{blank} {EMPTY}")
    try:
        code = root.main(words, prog_name="abi-conformance", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        return USAGE_ERROR
    except click.ClickException as error:
        return _complain(error.format_message())
    except UserError as error:
        return _complain(str(error), error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        print(EARLY, file=sys.stderr)
        return INTERRUPTED
    except (BrokenPipeError, SystemExit):  # whoever read has gone; click then exits by itself
        _leave_stdout()
        return 0
    except Exception as error:
        from conformance.machine import short_of

        if isinstance(error, OSError) and (said := short_of(error)):
            _leave_stdout()
            return _complain(said)
        import traceback

        traceback.print_exc()
        return INTERNAL_ERROR
    return code if isinstance(code, int) else 0


def blank_option(words: Sequence[str]) -> str:
    """The first option whose value is blank, as an unset variable of a script leaves it; "" where there is none."""
    for place, word in enumerate(words):
        if word == "--":  # what follows is pytest's
            return ""
        name, equals, value = word.partition("=")
        if word.startswith("-") and equals and not value.strip():
            return name
        if not word.strip():
            before = words[place - 1] if place else ""
            return before if before.startswith("-") else "an argument"
    return ""


def _open_streams() -> None:
    """Put the null device where a standard stream is closed: else the next file that is opened takes its place."""
    for descriptor, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(descriptor)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != descriptor:
                os.dup2(opened, descriptor)
                os.close(opened)
        if getattr(sys, name) is None:
            stream = os.fdopen(descriptor, "r" if descriptor == 0 else "w", closefd=False)
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def _leave_stdout() -> None:
    """Have nothing more be written: Python's own flush at the end would complain again."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _complain(sentence: str, code: int = USAGE_ERROR) -> int:
    print(f"ERROR: {sentence}", file=sys.stderr)
    return code
