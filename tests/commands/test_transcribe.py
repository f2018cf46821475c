"""`voiceflow transcribe`: what is loaded is loaded once, and no file changes how the next one is heard."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import trio
from parts import POCKETSPHINX, SILERO

from voiceflow import ProviderError
from voiceflow._process import open_process
from voiceflow.cli import main
from voiceflow.commands import _kept
from voiceflow.commands._kept import KeptProcesses
from voiceflow.graphs.clips import script


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
def test_the_caller_of_the_demo_is_understood(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fewer than 5 words of 100 wrong, by one recogniser, to which each file is a caller whom it has never heard."""
    opened = list[str]()

    def counted(target: str, *args: object) -> object:
        opened.append(target)
        return open_process(target, *args)

    monkeypatch.setattr(_kept, "open_process", counted)
    (tmp_path / "words.json").write_text(json.dumps({line.path.name: line.words for line in script()}))
    files = [str(line.path) for line in script()]
    first = files[0]
    assert main(["transcribe", *files, first, "--reference", str(tmp_path / "words.json")]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert opened == ["voiceflow.nodes._pocketsphinx:recognise"]
    again = lines[lines.index(f"{first}:", 1) :]
    assert lines[: len(again)] == again
    rate = re.search(r"word error rate in all ([\d.]+)%", err)
    assert rate is not None
    assert float(rate[1]) < 5.0
