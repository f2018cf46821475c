"""How long it takes until something can be heard: the import, and the first sample of what a program says first."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping

import attrs

from voiceflow.bench.process import complaint, made_with
from voiceflow.bench.tables import Section, in_ms
from voiceflow.errors import VoiceflowError

ROUNDS = 7
# With as little as it can: what it loads would be counted.
_TELL = """
import time
at = time.perf_counter()
import resource, sys
use, modules = resource.getrusage(resource.RUSAGE_SELF), len(sys.modules)
with open("/proc/self/statm") as file:
    pages = int(file.read().split()[1])
print(at, use.ru_utime + use.ru_stime, pages * resource.getpagesize(), modules)
"""
_SAY = """
import time, trio, voiceflow
from voiceflow import Chunker, Graph, Session, Speaker
{voice}
async def main():
    async with Session(Graph().connect(Chunker(), voice, Speaker())) as session:
        said, heard = session.say("Good morning."), trio.Event()
        session.on("turn.audible", lambda mark: heard.set())
        await heard.wait()
trio.run(main)
"""
STARTS: Mapping[str, str] = {
    "python alone": "",
    "import trio, numpy": "import trio, numpy",
    "import voiceflow": "import voiceflow\nvoiceflow.Session, voiceflow.Speaker, voiceflow.TurnTaking",
    "first sound, of a stub": _SAY.format(voice="from voiceflow.bench.reference import StubTts\nvoice = StubTts()"),
    "first sound, of Hibari": _SAY.format(voice="from voiceflow.nodes.hibari import Hibari\nvoice = Hibari()"),
}
"""What is started, each in a process of its own."""


@attrs.frozen
class Start:
    """One process: seconds from its start to its end by the clock, of CPU, and bytes and modules when it was done."""

    took: float
    cpu: float
    memory: float
    modules: int


@attrs.define(eq=False)
class Starts:
    """Starts each of them, in turns, `rounds` times."""

    rounds: int = ROUNDS
    starts: Mapping[str, str] = STARTS
    done: dict[str, list[Start]] = attrs.field(factory=dict[str, list[Start]], init=False)

    def run(self, tell: Callable[[str], object]) -> None:
        for number in range(self.rounds):
            tell(f"round {number + 1} of {self.rounds} ...")
            for name, program in self.starts.items():
                self.done.setdefault(name, []).append(started(name, program))

    def sections(self) -> Iterator[Section]:
        rounds = max(map(len, self.done.values()), default=0)
        rows = [
            (
                name,
                *(in_ms(statistics.median(values)) for values in ([s.took for s in each], [s.cpu for s in each])),
                f"{statistics.median(s.memory for s in each) / 1e6:.0f}",
                str(each[-1].modules),
            )
            for name, each in self.done.items()
        ]
        yield Section(
            "From the start of a process",
            ("until", "ms", "CPU, ms", "resident, MB", "modules"),
            rows,
            f"medians of {rounds}, in turns; all of them begin with the interpreter",
        )

    def to_json(self) -> str:
        made = {"voiceflow bench start": 1, "made with": made_with()}
        return json.dumps(
            made | {"starts": {name: [attrs.asdict(s) for s in each] for name, each in self.done.items()}}, indent=1
        )


def started(name: str, program: str) -> Start:
    """One process, from its start to its end; what tells of it is loaded when that is over, and not counted.

    Raises:
        VoiceflowError: it failed.
    """
    began = time.perf_counter()
    ended = subprocess.run([sys.executable, "-c", program + _TELL], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise VoiceflowError(f"{name!r} could not be started: {complaint(ended)}")
    at, cpu, resident, modules = ended.stdout.splitlines()[-1].split()
    return Start(float(at) - began, float(cpu), float(resident), int(modules))
