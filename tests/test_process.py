"""Worker processes, with real ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from voiceflow._executor import NICE, ThreadExecutor
from voiceflow._process import OUTPUT, open_process
from voiceflow.errors import GraphError, ProviderError
from voiceflow.services import Process

pytestmark = pytest.mark.real_time

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def targets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(HERE), *sys.path])


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    fds, threads = descriptors(), busy_threads()
    yield
    assert descriptors() == fds
    assert busy_threads() <= threads
    assert children() == []


def descriptors() -> list[str]:
    found: list[str] = []
    for fd in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{fd}")
        except OSError:  # the listing's own
            continue
        if not target.startswith("/proc"):
            found.append(f"{fd}:{target}")
    return sorted(found)


def busy_threads() -> set[str]:
    """Every thread but Trio's idle workers, which it keeps for a while."""
    return {thread.name for thread in threading.enumerate() if not thread.name.startswith("Trio thread")}


def children() -> list[str]:
    """Children of this process, zombies too."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"  # dead, and its new parent has yet to look


async def test_messages_come_back_in_order_and_whole() -> None:
    """What is sent is received, in order; arguments arrive."""
    async with open_process("worker_targets:echo", "first", {"second": 2}) as worker:
        assert await worker.receive() == "first"
        assert await worker.receive() == {"second": 2}
        for index in range(100):
            await worker.send(index)
            assert await worker.receive() == index


async def test_a_worker_is_a_process() -> None:
    """The type that nodes see fits."""
    async with open_process("worker_targets:echo") as worker:
        process: Process = worker
        await process.send(None)
        assert await process.receive() is None


async def test_large_messages_pass_both_ways_at_once() -> None:
    """Ten megabytes, and arrays as they are, with both ends writing more than the kernel holds."""
    block = np.arange(5_000_000, dtype=np.int16)
    async with open_process("worker_targets:echo") as worker, trio.open_nursery() as nursery:

        async def sender() -> None:
            for _ in range(3):
                await worker.send(block.tobytes())
            await worker.send(block[:100])

        nursery.start_soon(sender)
        for _ in range(3):
            assert await worker.receive() == block.tobytes()
        assert np.array_equal(await worker.receive(), block[:100])


async def test_the_child_starts_lean() -> None:
    """A worker that needs neither voiceflow, numpy nor trio does not import them."""
    async with open_process("worker_targets:modules") as worker:
        loaded = set(await worker.receive())
    assert not loaded & {"voiceflow", "numpy", "trio", "attrs", "logging", "socket", "subprocess"}
    assert "worker_targets" in loaded


async def test_a_module_inside_a_package_does_not_import_the_package() -> None:
    """voiceflow._process_main lies in voiceflow, whose __init__ is not run for it."""
    async with open_process("voiceflow._process_main:place", None) as worker:
        with pytest.raises(ProviderError, match=r"raised TypeError: in main, _process_main\.py line \d+$"):
            await worker.receive()


async def test_prints_stay_out_of_messages_and_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """What a library prints reaches neither the stream nor the terminal, and only its end is kept."""
    async with open_process("worker_targets:talk") as worker:
        assert [await worker.receive() for _ in range(3)] == [0, 1, 2]
        while not worker.output.endswith(b"last words"):
            await trio.lowlevel.checkpoint()
        assert len(worker.output) == OUTPUT
    assert capfd.readouterr() == ("", "")


async def test_the_child_waits_for_a_slow_reader() -> None:
    """A child that floods is held back by the kernel's buffer, and loses nothing."""
    async with open_process("worker_targets:flood", 2000, 4096) as worker:
        await wait_all_tasks_blocked(0.05)
        assert 1 <= int(worker.output.split()[-1]) < 1000
        assert [(await worker.receive())[0] for _ in range(2000)] == list(range(2000))
        assert await worker.receive() == "done"


async def test_send_waits_for_a_deaf_child() -> None:
    """What a child does not take is not queued: send waits, after what the kernel holds and one message."""
    async with open_process("worker_targets:deaf") as worker:
        await worker.receive()
        sent = 0
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:

                async def sender() -> None:
                    nonlocal sent
                    while True:
                        await worker.send(bytes(65536))
                        sent += 1

                nursery.start_soon(sender)
                await wait_all_tasks_blocked(0.01)
                scope.cancel()
        assert 1 <= sent < 100


async def flood(worker: Process) -> None:
    while True:
        await worker.send(bytes(1_000_000))


async def test_a_cancelled_send_leaves_the_stream_whole() -> None:
    """Sends that are cancelled in every state go out whole or not at all."""
    async with open_process("worker_targets:count") as worker:
        whole = 0
        for _ in range(20):
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:

                    async def sender() -> None:
                        nonlocal whole
                        while True:
                            await worker.send(bytes(300_000))
                            whole += 1

                    nursery.start_soon(sender)
                    for _ in range(5):
                        await trio.lowlevel.checkpoint()
                    scope.cancel()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(worker.send, b"end")
            answers: list[tuple[int, int]] = []
            while not answers or answers[-1][1] != 3:
                answers.append(await worker.receive())
    assert answers == [(index, 300_000) for index in range(whole)] + [(whole, 3)]


async def test_a_cancelled_receive_loses_no_message() -> None:
    """Receives that are cancelled in the middle of a large message leave it for the next."""
    async with open_process("worker_targets:flood", 20, 400_000) as worker:
        received: list[object] = []
        while len(received) < 21:
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:

                    async def receiver() -> None:
                        received.append(await worker.receive())

                    nursery.start_soon(receiver)
                    for _ in range(3):
                        await trio.lowlevel.checkpoint()
                    scope.cancel()
    assert received == [(index, bytes(400_000)) for index in range(20)] + ["done"]


async def test_the_child_can_ask_whether_a_message_waits() -> None:
    """`waiting` is false on an empty channel and true on one that holds a message."""
    async with open_process("worker_targets:polls") as worker:
        assert await worker.receive() is False
        await worker.send("a")
        await worker.send("b")
        assert await worker.receive() == ("a", True, "b", False)


@pytest.mark.parametrize(
    ("how", "message", "retryable"),
    [
        ("segv", "worker 'worker_targets:crash' was killed by SIGSEGV", True),
        ("exit", "worker 'worker_targets:crash' ended with exit code 3", True),
        ("return", "worker 'worker_targets:crash' ended before it was asked to", True),
        ("half", "worker 'worker_targets:crash' ended with exit code 4", True),
        ("provider", "worker 'worker_targets:crash' failed: no such voice", False),
    ],
)
async def test_a_crash_is_a_provider_error(how: str, message: str, retryable: bool) -> None:
    """However a child ends, what it had sent is received first, then an error that says how, again and again."""
    async with open_process("worker_targets:crash", how) as worker:
        assert await worker.receive() == "before"
        for _ in range(2):
            with pytest.raises(ProviderError) as caught:
                await worker.receive()
            assert str(caught.value) == message
            assert caught.value.retryable is retryable


async def test_an_exception_names_its_type_and_place_and_no_words() -> None:
    """The message of a foreign error may quote a caller: it stays in the child."""
    async with open_process("worker_targets:crash", "unread") as worker:
        await worker.receive()
        with pytest.raises(ProviderError, match=r"raised ValueError: in crash, worker_targets\.py line \d+$") as caught:
            await worker.receive()
    assert "caller" not in str(caught.value)
    assert caught.value.retryable


async def test_a_missing_library_is_named_and_final() -> None:
    """No restart installs a package."""
    async with open_process("worker_targets:missing") as worker:
        with pytest.raises(ProviderError, match="no module 'no_such_library_at_all'") as caught:
            await worker.receive()
        assert not caught.value.retryable


async def test_kill_minus_nine_is_noticed_by_both_calls() -> None:
    """A child that is killed fails a receive that waits and a later send."""
    async with open_process("worker_targets:deaf") as worker:
        os.kill(await worker.receive(), signal.SIGKILL)
        with pytest.raises(ProviderError, match="was killed by SIGKILL"):
            await worker.receive()
        with pytest.raises(ProviderError, match="was killed by SIGKILL"):
            await flood(worker)


async def test_a_send_in_flight_fails_when_the_child_dies() -> None:
    """A sender that waits for a deaf child is told of its death."""
    async with open_process("worker_targets:deaf") as worker:
        pid = await worker.receive()
        with pytest.RaisesGroup(pytest.RaisesExc(ProviderError, match="SIGKILL")):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(flood, worker)
                await wait_all_tasks_blocked(0.01)
                os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize(
    "target", ["worker_targets", "worker_targets:", ":echo", "nowhere:echo", "nowhere.at.all:echo", "__main__:echo"]
)
async def test_a_target_that_names_no_module_is_a_graph_error(target: str) -> None:
    """A wrong name is found before a process is started."""
    with pytest.raises(GraphError, match="worker"):
        async with open_process(target):
            raise AssertionError("entered")


async def test_a_function_that_is_not_there_is_final() -> None:
    """Opening fails, and says which name is missing."""
    with pytest.raises(ProviderError, match="module 'worker_targets' has no 'ecko'") as caught:
        async with open_process("worker_targets:ecko"):
            raise AssertionError("entered")
    assert not caught.value.retryable


async def test_an_error_of_the_scope_is_not_wrapped() -> None:
    """What the body raises leaves as it is, with its cause, and not in a group."""
    with pytest.raises(KeyError) as caught:
        async with open_process("worker_targets:echo"):
            raise KeyError("body") from OSError("cause")
    assert isinstance(caught.value.__cause__, OSError)


async def test_a_child_that_ignores_sigterm_is_killed() -> None:
    """Leaving the scope ends it all the same."""
    async with open_process("worker_targets:stubborn") as worker:
        assert await worker.receive() == "ignoring"
    assert worker._process.returncode == -signal.SIGKILL  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("checkpoints", [0, 1, 2, 3, 5, 8, 20, 100, 1000])
async def test_a_cancelled_scope_leaves_nothing(checkpoints: int) -> None:
    """Cancelling while it starts, waits, or talks ends the child, and the scope with it."""
    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:

            async def session() -> None:
                async with open_process("worker_targets:echo") as worker:
                    while True:
                        await worker.send(bytes(100_000))
                        await worker.receive()

            nursery.start_soon(session)
            for _ in range(checkpoints):
                await trio.lowlevel.checkpoint()
            scope.cancel()
    assert scope.cancelled_caught


@pytest.mark.parametrize("target", ["deaf", "spin"])
def test_children_die_with_a_parent_that_is_killed(target: str) -> None:
    """kill -9 of the parent ends its child, even one that holds the GIL and never looks at its channel."""
    program = f"""
import sys, trio
sys.path.insert(0, {str(HERE)!r})
from voiceflow._process import open_process
async def main():
    async with open_process("worker_targets:{target}") as worker:
        print(await worker.receive(), flush=True)
        await trio.sleep_forever()
trio.run(main)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not gone(pid)
        parent.kill()
    deadline = time.monotonic() + 10
    while not gone(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert gone(pid)


async def test_ctrl_c_in_the_terminal_is_for_the_parent() -> None:
    """The child is in a group of its own, which no terminal's signal reaches, and shares its cores in our session."""
    async with open_process("worker_targets:echo") as worker:
        assert os.getpgid(worker.pid) == worker.pid != os.getpgid(0)
        assert os.getsid(worker.pid) == os.getsid(0)


async def test_a_child_is_as_nice_as_heavy_work_whichever_thread_started_it() -> None:
    """Threads that have run heavy work are nicer than the event loop's, and may start a child."""
    executor = ThreadExecutor()
    async with trio.open_nursery() as nursery:
        for number in range(3):
            nursery.start_soon(partial(executor.compute, time.sleep, 0.01, model=f"nice {number}"))
    async with open_process("worker_targets:echo") as worker:
        assert os.getpriority(os.PRIO_PROCESS, worker.pid) == min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICE)
