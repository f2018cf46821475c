"""The program: which commands it lists, how it starts one, and what becomes of errors."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

import pytest

from voiceflow import ProviderError, cli
from voiceflow.cli import COMMANDS, Command, main

Body = Callable[[argparse.Namespace], int]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Callable[[Body], None]:
    """Makes a command `frob` that runs the function it is given."""

    def make(body: Body) -> None:
        frob = Command("frob", "does what the test wants")
        module = ModuleType(frob.module)
        module.__spec__ = ModuleSpec(frob.module, None)
        vars(module).update(HELP="Frobs all day.", add_arguments=_add_arguments, main=body)
        monkeypatch.setitem(sys.modules, frob.module, module)
        monkeypatch.setattr(cli, "COMMANDS", (*COMMANDS, frob))

    return make


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", nargs="*")
    parser.add_argument("--loud", action="store_true")


def test_a_command_gets_its_arguments_and_gives_the_status(command: Callable[[Body], None]) -> None:
    """Options before the command are the program's, those after it the command's."""
    seen: list[tuple[list[str], bool, bool]] = []

    def body(args: argparse.Namespace) -> int:
        seen.append((args.words, args.loud, args.debug))
        return 7

    command(body)
    assert main(["frob", "a", "b", "--loud"]) == 7
    assert main(["--debug", "frob"]) == 7
    assert main(["frob", "--debug"]) == 7
    assert seen == [(["a", "b"], True, False), ([], False, True), ([], False, True)]


def test_help_lists_the_commands_that_are_there(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the order of the table, each on one line of a narrow terminal, and none whose module is missing."""
    monkeypatch.setenv("COLUMNS", "80")
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    listed = [line.split() for line in lines[lines.index("commands:") + 1 : lines.index("options:") - 1]]
    there = [command for command in COMMANDS if find_spec(command.module)]
    assert listed == [[command.name, *command.summary.split()] for command in there]
    assert max(map(len, lines)) <= 80
    assert {"models", "doctor"} <= {command.name for command in there}


@pytest.mark.parametrize("command", [command.name for command in COMMANDS if find_spec(command.module)])
def test_every_command_has_help_of_its_own(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """It says what the command does, and what every argument is."""
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: voiceflow {command}")
    assert len(text.split("\n\n")) >= 3


def test_a_commands_help_begins_with_what_it_says(
    command: Callable[[Body], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """The module's HELP stands below the usage."""
    command(lambda args: 0)
    with pytest.raises(SystemExit):
        main(["frob", "-h"])
    assert "\n\nFrobs all day.\n\n" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["no-such"], ["--no-such"], ["frob", "--no-such"], ["models", "no-such"]])
def test_wrong_usage_is_status_2(
    command: Callable[[Body], None], capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """The usage and one line on stderr; nothing runs."""
    command(lambda args: pytest.fail("it ran"))
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("usage: voiceflow")


@pytest.mark.parametrize(
    ("words", "usage", "told"),
    [
        (["tlak"], "voiceflow [", "invalid choice: 'tlak'; did you mean talk? (choose from demo, talk, "),
        (["--verson"], "voiceflow [", "unrecognized arguments: --verson; did you mean --version?"),
        (["frob", "--lout"], "voiceflow frob ", "unrecognized arguments: --lout; did you mean --loud?"),
        (["frob", "--lout=1", "-x"], "voiceflow frob ", "unrecognized arguments: --lout=1 -x; did you mean --loud?"),
        (["frob", "--zzz"], "voiceflow frob ", "unrecognized arguments: --zzz\n"),
        (["models", "fetsh"], "voiceflow models ", "invalid choice: 'fetsh'; did you mean fetch? (choose from list, "),
        (["models", "fetch", "--al", "--lal"], "voiceflow models fetch ", "--lal; did you mean --all?"),
        (["transcribe", "a.wav", "--stt", "wisper"], "voiceflow transcribe ", "'wisper'; did you mean whisper? ("),
    ],
)
def test_what_may_have_been_meant_is_asked(
    command: Callable[[Body], None], capsys: pytest.CaptureFixture[str], words: list[str], usage: str, told: str
) -> None:
    """Of commands, their options and their choices, with the usage of the innermost command."""
    command(lambda args: pytest.fail("it ran"))
    with pytest.raises(SystemExit):
        main(words)
    err = capsys.readouterr().err
    assert err.startswith(f"usage: {usage}")
    assert told in err


def _raise(error: BaseException) -> Body:
    def body(args: argparse.Namespace) -> int:
        raise error

    return body


MISSING = ProviderError("the file is not there; give another", retryable=False)


@pytest.mark.parametrize(
    "error",
    [MISSING, ExceptionGroup("", [MISSING]), ExceptionGroup("", [ExceptionGroup("", [MISSING, MISSING])])],
    ids=["alone", "in a group", "in two"],
)
def test_an_error_of_ours_is_one_line(
    command: Callable[[Body], None], capsys: pytest.CaptureFixture[str], error: Exception
) -> None:
    """Status 1, and no traceback, however many nurseries it came out of."""
    command(_raise(error))
    assert main(["frob"]) == 1
    assert capsys.readouterr() == ("", "voiceflow frob: the file is not there; give another\n")


def test_debug_shows_where_an_error_came_from(
    command: Callable[[Body], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """The status stays what it was."""
    command(_raise(MISSING))
    assert main(["frob", "--debug"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("Traceback")
    assert err.endswith("the file is not there; give another\n")


def test_what_the_system_refuses_is_one_line(
    command: Callable[[Body], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """Such as a disk that is full while a command prints."""
    command(_raise(OSError(28, "No space left on device")))
    assert main(["frob"]) == 1
    assert capsys.readouterr() == ("", "voiceflow frob: No space left on device\n")
    command(_raise(FileNotFoundError(2, "No such file or directory", "a/b.wav")))
    assert main(["frob"]) == 1
    assert capsys.readouterr() == ("", "voiceflow frob: a/b.wav: No such file or directory\n")


@pytest.mark.parametrize("error", [KeyError("x"), ExceptionGroup("", [KeyError("x"), MISSING])], ids=["alone", "group"])
def test_a_bug_is_not_hidden(command: Callable[[Body], None], error: Exception) -> None:
    """What is no error of ours comes through as it is."""
    command(_raise(error))
    with pytest.raises(type(error)):
        main(["frob"])


def test_an_interruption_is_quiet(command: Callable[[Body], None], capsys: pytest.CaptureFixture[str]) -> None:
    """Status 130 and a line."""
    command(_raise(KeyboardInterrupt()))
    assert main(["frob"]) == 130
    assert capsys.readouterr() == ("", "voiceflow frob: interrupted\n")


def test_what_broke_as_it_was_interrupted_is_shown_to_who_asks(
    command: Callable[[Body], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """With --debug, above the line."""

    def body(args: argparse.Namespace) -> int:
        raise KeyboardInterrupt from MISSING

    command(body)
    assert main(["frob"]) == 130
    assert capsys.readouterr().err == "voiceflow frob: interrupted\n"
    assert main(["frob", "--debug"]) == 130
    assert capsys.readouterr().err.endswith(
        "ProviderError: the file is not there; give another\nvoiceflow frob: interrupted\n"
    )


def test_a_broken_pipe_that_is_not_the_reader_is_a_bug(command: Callable[[Body], None]) -> None:
    """Such as a socket of a server: it is not passed over as a reader that left."""
    command(_raise(BrokenPipeError()))
    with pytest.raises(BrokenPipeError):
        main(["frob"])


def test_a_reader_that_leaves_is_no_error() -> None:
    """`voiceflow models | true` says nothing, and ends as programs do whose reader has left."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "voiceflow", "models"], stdout=writing, stderr=subprocess.PIPE, check=False
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("fd", [0, 1, 2])
def test_a_program_without_a_stream_runs(fd: int) -> None:
    """As `voiceflow models >&-`."""
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m voiceflow models {fd}>&-"], stderr=-1, stdout=-1, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_any_character_can_be_printed() -> None:
    """A terminal that lacks a character gets its number."""
    program = "import sys; from voiceflow import cli; cli.main(['models', 'path', 'x']); print('\\u4f60\\udc80')"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment, check=False)
    assert (done.returncode, done.stdout) == (0, b"\\u4f60\\udc80\n")


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """With Python's, as a bug report needs both."""
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    name, version, python, _ = capsys.readouterr().out.split()
    assert (name, python) == ("voiceflow", "Python")
    assert version.endswith(",")


def test_help_imports_no_command_and_nothing_heavy() -> None:
    """It is answered at once."""
    program = "import sys; from voiceflow import cli; cli.main([]); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert not {name for name in loaded if name.startswith(("voiceflow.commands.", "voiceflow.nodes."))}
    assert not loaded & {"onnxruntime", "httpx", "soundfile", "pocketsphinx", "sounddevice", "xllamacpp"}


@pytest.mark.parametrize(
    ("end", "status", "line"),
    [
        ("raise KeyboardInterrupt", 130, "voiceflow demo: interrupted\n"),
        ("raise VoiceflowError('no')", 1, "voiceflow demo: no\n"),
        ("return 3", 3, ""),
    ],
    ids=["interrupted", "failed", "done"],
)
def test_the_program_ends_at_once(end: str, status: int, line: str) -> None:
    """What it said is flushed; a thread that is busy in a library neither holds it up nor brings it down."""
    script = (
        "import sys, threading, time; import voiceflow.cli as cli; from voiceflow import VoiceflowError\n"
        "class At:\n"
        "    def main(self, args):\n"
        "        print('said', end='')\n"
        "        threading.Thread(target=time.sleep, args=(60,)).start()\n"
        f"        {end}\n"
        "cli._run = lambda words: At().main(words)\n"
        "cli.program()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "demo"], capture_output=True, text=True, timeout=50, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (status, "said", line)
