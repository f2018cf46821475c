"""`voiceflow transcribe`: what is loaded is loaded once, and no file changes how the next one is heard."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from parts import POCKETSPHINX, SILERO

from voiceflow import ProviderError
from voiceflow._process import open_process
from voiceflow.cli import main
from voiceflow.commands import _kept
from voiceflow.commands._kept import KeptProcesses
from voiceflow.graphs import clips

CLIPS = Path(clips.__file__).parent


async def test_a_process_serves_one_after_the_other() -> None:
    """The same again, as long as it lives; two at once have two; another target has another."""
    async with trio.open_nursery() as nursery:
        kept, pids = KeptProcesses(nursery), list[object]()
        for target in ("echo", "echo", "deaf"):
            async with kept.process(f"worker_targets:{target}") as process:
                await process.send("hello") if target == "echo" else None
                await process.receive()
                pids.append(process.pid)  # type: ignore[attr-defined]
        async with kept.process("worker_targets:echo") as one, kept.process("worker_targets:echo") as other:
            pids += [one.pid, other.pid]  # type: ignore[attr-defined]
        nursery.cancel_scope.cancel(reason="it was seen")
    assert pids[0] == pids[1] == pids[3]
    assert len(set(pids)) == 3


async def test_a_process_that_has_ended_serves_nobody() -> None:
    """The next one has a new one."""
    async with trio.open_nursery() as nursery:
        kept = KeptProcesses(nursery)
        for _ in range(2):
            async with kept.process("worker_targets:modules") as process:
                assert "worker_targets" in await process.receive()
                with pytest.raises(ProviderError, match="ended"):
                    await process.receive()
        nursery.cancel_scope.cancel(reason="it was seen")


@pytest.mark.slow
@SILERO.mark
@POCKETSPHINX.mark
def test_files_are_heard_alike_wherever_they_stand(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By one recogniser, which knows nothing of a voice that it heard before."""
    opened = list[str]()

    def counted(target: str, *args: object) -> object:
        opened.append(target)
        return open_process(target, *args)

    monkeypatch.setattr(_kept, "open_process", counted)
    wait = str(CLIPS / "wait.flac")
    assert main(["transcribe", wait, wait]) == 0
    lines = capsys.readouterr().out.splitlines()
    half = len(lines) // 2
    assert opened == ["voiceflow.nodes._pocketsphinx:recognise"]
    assert lines[0] == f"{wait}:"
    assert lines[:half] == lines[half:]
    assert "what is the capital of france" in lines[half - 1]
