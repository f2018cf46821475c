"""Ctrl-C: wherever it strikes, tasks are cancelled and let go of what they hold; one line, status 130, no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import FrameType

import pytest
import trio
from parts import ESPEAK

from voiceflow import ProviderError
from voiceflow.cli import main
from voiceflow.commands import _loop
from voiceflow.graphs import clips

pytestmark = pytest.mark.real_time

CLIP = Path(clips.__file__).parent / "people.flac"


async def _rest(task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
    task_status.started()
    await trio.sleep_forever()


def _then(do: Callable[[], object]) -> Callable[[int, FrameType | None], None]:
    def handler(number: int, frame: FrameType | None) -> None:
        do()

    return handler


async def _work() -> None:
    """Tasks of tasks, started in both ways: there is a coroutine between any two moments of it."""
    async with trio.open_nursery() as nursery:
        for _ in range(3):
            await nursery.start(_rest)
            nursery.start_soon(_rest)
        async with trio.open_nursery() as inner:
            inner.start_soon(_rest)
            await inner.start(_rest)
            inner.cancel_scope.cancel()
        nursery.cancel_scope.cancel()


@contextmanager
def _struck_at(call: int) -> Generator[None]:
    """Ctrl-C comes as a function is called: the so many-th one."""
    calls = count()

    def look(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and next(calls) == call:
            sys.setprofile(None)
            signal.raise_signal(signal.SIGINT)

    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(None)


def test_no_moment_is_a_bad_one() -> None:
    """Every coroutine that was made is run, whichever call it strikes: a warning of one that was not is an error."""
    interrupted = 0
    for call in range(150, 1200, 3):
        try:
            with _struck_at(call):
                _loop.run(_work)
        except KeyboardInterrupt:
            interrupted += 1
    assert interrupted > 100


def test_tasks_let_go_of_what_they_hold() -> None:
    """As when they are cancelled; Ctrl-C does afterwards what it did before."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM)
    released: list[str] = []

    async def work() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
            await trio.sleep_forever()
        finally:
            released.append("it")

    with pytest.raises(KeyboardInterrupt):
        _loop.run(work)
    assert released == ["it"]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGALRM)) == before


def test_what_breaks_on_the_way_out_is_the_cause() -> None:
    """A worker that the same Ctrl-C ended is no error of its own."""

    async def work() -> None:
        try:
            signal.raise_signal(signal.SIGINT)
            await trio.sleep_forever()
        finally:
            raise ProviderError("the worker is gone", retryable=False)

    with pytest.raises(KeyboardInterrupt) as caught:
        _loop.run(work)
    assert isinstance(caught.value.__cause__, ProviderError)


def test_what_breaks_without_ctrl_c_is_what_it_is() -> None:
    """And what is done gives its result."""

    async def broken() -> None:
        raise ProviderError("no", retryable=False)

    async def double(number: int) -> int:
        return 2 * number

    with pytest.raises(ProviderError):
        _loop.run(broken)
    assert _loop.run(double, 4) == 8


def test_code_that_holds_the_loop_up_is_interrupted_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, as it would never see that it was cancelled."""
    monkeypatch.setattr(_loop, "PATIENCE", 0.05)

    async def work() -> None:
        signal.raise_signal(signal.SIGINT)
        while True:
            pass

    with pytest.raises(KeyboardInterrupt):
        _loop.run(work)


def test_a_second_one_waits_for_nobody() -> None:
    """It does what Ctrl-C did before."""
    seen: list[str] = []

    async def work() -> None:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        seen.append("went on")

    before = signal.signal(signal.SIGINT, _then(lambda: seen.append("second")))
    try:
        with pytest.raises(KeyboardInterrupt):
            _loop.run(_then_wait, work)
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == ["second", "went on"]


async def _then_wait(work: Callable[[], Awaitable[None]]) -> None:
    await work()
    await trio.sleep_forever()


@pytest.mark.parametrize("ignored", [signal.SIG_IGN, signal.SIG_DFL])
def test_who_does_not_heed_it_goes_on(ignored: signal.Handlers) -> None:
    """A program in the background: its loop does not begin to listen."""

    async def work() -> object:
        return signal.getsignal(signal.SIGINT)

    before = signal.signal(signal.SIGINT, ignored)
    try:
        with _loop.raised():
            assert _loop.run(work) is ignored
    finally:
        signal.signal(signal.SIGINT, before)


def test_it_can_be_caught_where_no_loop_runs() -> None:
    """By a command that has something to put in order."""
    before = signal.signal(signal.SIGINT, _then(lambda: pytest.fail("it was not raised")))
    try:
        with pytest.raises(KeyboardInterrupt), _loop.raised():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_command_says_that_it_was_interrupted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 130 and a line; what broke on the way out is shown to who asks for it."""
    agent = tmp_path / "agent.py"
    agent.write_text(
        "import signal, trio\n"
        "from voiceflow import Audio, Graph, In, Node, Ports, ProviderError\n"
        "class Struck(Node):\n"
        "    async def run(self, ports: Ports) -> None:\n"
        "        signal.raise_signal(signal.SIGINT)\n"
        "        await trio.sleep_forever()\n"
        "def build():\n"
        "    return Graph().add(Struck())\n"
    )
    assert main(["run", str(agent)]) == 130
    assert capsys.readouterr().err == "voiceflow run: interrupted\n"


def _program(then: str, *words: str) -> subprocess.CompletedProcess[str]:
    script = f"import os, signal, sys\nfrom voiceflow import _ctrl_c\n_ctrl_c.end_at_once()\n{then}"
    return subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, timeout=60, check=False
    )


def test_it_ends_a_program_that_only_just_began() -> None:
    """Before its command is even known, with what was said until then; nothing else is loaded by then."""
    then = "print(*(set(sys.modules) & {'argparse', 'attrs', 'numpy', 'trio'}), 'said', end='')\n"
    done = _program(f"{then}\nos.kill(os.getpid(), signal.SIGINT)\nraise SystemExit('it went on')", "--debug", "say")
    assert (done.returncode, done.stdout, done.stderr) == (130, "said", "voiceflow say: interrupted\n")


def test_it_ends_a_program_whose_streams_are_closed() -> None:
    """There is nobody to tell."""
    done = _program("sys.stdout.close(); os.close(2)\nos.kill(os.getpid(), signal.SIGINT)\nos._exit(7)")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_program_in_the_background_goes_on() -> None:
    """It ignores Ctrl-C, as it did when it was started."""
    script = "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN)\nfrom voiceflow.__main__ import main\n"
    then = "from voiceflow import cli\ncli.program = lambda: signal.raise_signal(signal.SIGINT) or sys.exit(7)\nmain()"
    assert subprocess.run([sys.executable, "-c", script + then], timeout=60, check=False).returncode == 7


@pytest.mark.slow
@ESPEAK.mark
@pytest.mark.parametrize("seconds", [0.05, 0.2, 0.4, 0.6, 0.8])
@pytest.mark.parametrize("command", ["say", "transcribe"])
def test_a_command_is_interrupted_at_any_time(tmp_path: Path, command: str, seconds: float) -> None:
    """While it is imported, while workers start, while it works."""
    words = {
        "say": ["say", "Hello there. " * 5000, "-o", str(tmp_path / "a.wav")],
        "transcribe": ["transcribe", *([str(CLIP)] * 99)],
    }[command]
    script = (
        "import sys; from voiceflow import _ctrl_c, __main__; _ctrl_c.end_at_once()\n"
        "print('begun', flush=True)\n__main__.main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        _, errors = _interrupted(process, seconds)
    assert (process.returncode, errors) == (130, f"voiceflow {command}: interrupted\n")


def _interrupted(process: subprocess.Popen[str], seconds: float) -> tuple[str, str]:
    try:
        return process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGINT)
        return process.communicate(timeout=60)


def test_every_command_starts_its_loop_in_the_one_way() -> None:
    """None has a `trio.run` of its own, which would raise KeyboardInterrupt between any two steps."""
    folder = Path(_loop.__file__).parent
    assert [path.name for path in sorted(folder.glob("*.py")) if "trio.run(" in path.read_text()] == ["_loop.py"]
