"""The program `voiceflow`: finds the command that is asked for, runs it, and turns errors into lines and statuses.

A command is a module of `voiceflow.commands` with `HELP` (what its own --help begins with), `add_arguments(parser)`
and `main(args) -> int`. Only the one that is asked for is imported, so that --help and mistakes are answered at once.
"""

from __future__ import annotations

import argparse
import os
import select
import sys
import traceback
from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final, NoReturn, Protocol, cast

import attrs

from voiceflow import _ctrl_c
from voiceflow._usage import Parser
from voiceflow.errors import VoiceflowError

_DESCRIPTION = """\
Real-time voice agents: a caller speaks, the agent listens, thinks and answers.
"""
_EPILOG = """\
first steps:
  voiceflow doctor           what is installed here, and what is missing
  voiceflow demo             a recorded caller talks with the agent, offline
  voiceflow COMMAND --help   how one command is used

status: 0 done, 1 failed, 2 wrong usage, 130 interrupted
"""
_DEBUG = "show where an error came from"


@attrs.frozen
class Command:
    """A command by its name, which is its module's too, and what the list says of it."""

    name: str
    summary: str

    @property
    def module(self) -> str:
        return f"voiceflow.commands.{self.name}"


class _Module(Protocol):
    HELP: str

    def add_arguments(self, parser: argparse.ArgumentParser) -> None: ...
    def main(self, args: argparse.Namespace) -> int: ...


COMMANDS: Final[tuple[Command, ...]] = (
    Command("demo", "a recorded caller talks with the agent, offline and in real time"),
    Command("talk", "talk with the agent by microphone and speaker"),
    Command("chat", "type instead of talking"),
    Command("transcribe", "sound file in, words out"),
    Command("say", "words in, sound file out"),
    Command("call", "call a server as a phone provider does, without a phone"),
    Command("serve", "take calls from a page, a program or a telephone"),
    Command("run", "run a graph of your own"),
    Command("graph", "draw a graph, or write and read it as JSON"),
    Command("knowledge", "documents in a store, from which an agent looks things up"),
    Command("bench", "measure latency, load and loop lag"),
    Command("sim", "whole conversations in virtual time, with all that may go wrong"),
    Command("models", "list, fetch, find and check models"),
    Command("doctor", "what is here, what is missing, and the command that mends it"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with these words (`sys.argv` without the first by default) and return its exit status.

    Results go to stdout, everything else to stderr. Statuses: 0 done; 1 failed, with a line that says why; 130
    interrupted; 141 nobody reads what is written.

    Raises:
        SystemExit: --help or --version were asked for (0), or the usage was wrong (2); both are printed.
    """
    _never_fail_to_print()
    return _status(sys.argv[1:] if argv is None else list(argv))


def program() -> NoReturn:
    """`main` with the words of `sys.argv`; then the process ends, and waits for no library's thread."""
    _ctrl_c.leave(main())


def _status(words: list[str]) -> int:
    try:
        return _run(words)
    except KeyboardInterrupt as interrupt:
        return _interrupted(words, interrupt)
    except VoiceflowError as error:
        return _failed(words, error)
    except BrokenPipeError as error:
        return _unread(error)
    except OSError as error:  # of what a command prints or writes; nodes and models raise ours
        return _failed(words, error)
    except BaseExceptionGroup as group:
        return _failed_together(words, group)


def _run(words: list[str]) -> int:
    parser = _parser(words)
    args = parser.read(words)
    if args.command_main is None:
        parser.print_help()
        return 0
    status = int(args.command_main(args))
    print(end="", flush=True)  # here, where it is met that nobody reads, or that the disk is full
    return status


def _parser(words: list[str]) -> Parser:
    there = list(_available())
    parser = Parser(
        prog="voiceflow",
        usage="voiceflow [--debug] COMMAND ...",
        description=f"{_DESCRIPTION}\ncommands:\n{_listing(there)}",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, help="print the version")
    parser.add_argument("--debug", action="store_true", help=_DEBUG)
    parser.set_defaults(command_main=None)
    # Listed above: argparse would break the list of a narrow terminal.
    commands = parser.add_subparsers(prog="voiceflow", metavar="COMMAND", help=argparse.SUPPRESS)
    chosen = _ctrl_c.command(words)
    for command in there:
        below = commands.add_parser(command.name, formatter_class=argparse.RawDescriptionHelpFormatter)
        if command.name == chosen:
            _fill(below, command)
    return parser


def _listing(commands: list[Command]) -> str:
    return "".join(f"  {command.name:10}  {command.summary}\n" for command in commands)


def _fill(parser: argparse.ArgumentParser, command: Command) -> None:
    module = cast(_Module, import_module(command.module))
    parser.description = module.HELP
    parser.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=_DEBUG)
    module.add_arguments(parser)
    parser.set_defaults(command_main=module.main)


def _available() -> Iterator[Command]:
    for command in COMMANDS:
        if find_spec(command.module) is not None:
            yield command


class _Version(argparse.Action):
    """Prints the versions that a bug report needs; they are looked up only then."""

    def __init__(self, option_strings: Sequence[str], dest: str, **rest: Any) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, default=argparse.SUPPRESS, **rest)

    def __call__(self, parser: argparse.ArgumentParser, *rest: object) -> None:
        from importlib import metadata

        python = ".".join(map(str, sys.version_info[:3]))
        print(f"voiceflow {metadata.version('voiceflow')}, Python {python}")
        parser.exit()


def _never_fail_to_print() -> None:
    """What the terminal's encoding lacks is escaped: a transcript may hold any character."""
    if (reconfigure := getattr(sys.stdout, "reconfigure", None)) is not None:
        reconfigure(errors="backslashreplace")


def _interrupted(words: list[str], interrupt: KeyboardInterrupt) -> int:
    if "--debug" in words and interrupt.__cause__ is not None:
        traceback.print_exception(interrupt.__cause__)
    print(f"{_ctrl_c.named(words)}: interrupted", file=sys.stderr, flush=True)
    return _ctrl_c.INTERRUPTED


def _failed(words: list[str], error: BaseException) -> int:
    if "--debug" in words:
        traceback.print_exception(error)
        return 1
    print(f"{_ctrl_c.named(words)}: {_said(error)}", file=sys.stderr, flush=True)
    return 1


def _said(error: BaseException) -> str:
    """What the system refused without its numbers, and to which file."""
    if isinstance(error, OSError) and error.strerror:
        return f"{os.fsdecode(error.filename)}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _failed_together(words: list[str], group: BaseExceptionGroup[BaseException]) -> int:
    """What came out of a nursery: ours if all parts are; anything else is a bug."""
    parts = list(_parts(group))
    if not all(isinstance(part, VoiceflowError) for part in parts):
        raise group
    return _failed(words, group if "--debug" in words else parts[0])


def _parts(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for part in cast(BaseExceptionGroup[BaseException], error).exceptions:
            yield from _parts(part)
    else:
        yield error


def _unread(error: BrokenPipeError) -> int:
    """A reader such as `head` has left, which is no error; any other broken pipe is."""
    if not any(_is_closed(fd) for fd in (1, 2)):
        raise error
    # Python writes what is left when it ends; it must have somewhere to go.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for fd in (1, 2):
        if _is_closed(fd):
            os.dup2(nowhere, fd)
    os.close(nowhere)
    return 141


def _is_closed(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, 0)
    return any(event & (select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))
