"""voiceflow under the reference call of ../shared/bench/peers: the same stubs and the same user as its peers.

    python benchmarks/peers/bench_voiceflow.py -n 50 --window 20
    python benchmarks/peers/bench_voiceflow.py --mode text
    python benchmarks/peers/bench_voiceflow.py --help

Path: Line -> StubVad -> StubStt -> TurnTaking -> StubLlm -> TextFilter -> Chunker -> StubTts -> Speaker -> Recording.
The stub providers are small nodes (stub_call.py); everything between them is what every user of voiceflow runs.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

PEERS = Path(__file__).resolve().parents[3] / "shared" / "bench" / "peers"
sys.path.insert(0, str(PEERS))
try:
    sc: Any = import_module("scenario")
except ModuleNotFoundError as error:
    raise SystemExit(f"the reference call is not here: {PEERS}/scenario.py is missing") from error

Push = Callable[[bytes], Awaitable[None]]


class Voiceflow(sc.Adapter):  # type: ignore[misc]
    name = "voiceflow"
    vad_stop_ms = 20.0
    min_interrupt_ms = 0.0
    config: dict[str, object] = {  # noqa: RUF012  the scenario's own shape
        "endpointing": {"mode": "fixed", "min_wait": 0.0, "max_wait": 0.0},
        "interruption": {"mode": "vad", "min_duration": 0.0, "on_hint": "nothing"},
        "speculation": "off",
        "gc": "voiceflow.swept(), as in `voiceflow serve`",
    }

    def __init__(self) -> None:
        import trio

        import voiceflow

        self.trio, self.vf = trio, voiceflow
        self.stubs = import_module("stub_call")

    def versions(self) -> dict[str, str]:
        return {name: metadata.version(name) for name in ("voiceflow", "trio")}

    async def sleep(self, seconds: float) -> None:
        await self.trio.sleep(seconds)

    def run(self, main: Callable[[], Awaitable[None]]) -> None:
        # What a call needs is loaded before the garbage is frozen, as in a server: else collections go through it.
        self.vf.Session(self.stubs.call(None)[1])

        async def swept() -> None:
            async with self.vf.swept():
                await main()

        self.trio.run(swept)

    async def gather(self, fns: list[Callable[[], Awaitable[None]]]) -> None:
        async with self.trio.open_nursery() as nursery:
            for fn in fns:
                nursery.start_soon(fn)

    @asynccontextmanager
    async def session(self, index: int, rec: Any) -> AsyncGenerator[Push, None]:
        line, graph = self.stubs.call(rec)
        async with self.vf.Session(graph):
            yield line.push

    def text_stages(self) -> dict[str, Any]:
        text_filter, chunker = self.vf.TextFilter(), self.vf.Chunker()
        return {
            "text filter": self.stubs.text_stage(text_filter),
            "chunker": self.stubs.text_stage(chunker),
            "text filter + chunker (the default path)": self.stubs.text_stage(text_filter, chunker),
        }


def make(args: Namespace) -> Any:
    """The adapter; the scenario times what it imports."""
    return Voiceflow()


if __name__ == "__main__":
    sc.main(make)
