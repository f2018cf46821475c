"""Each rule of the simulator can fail: a runtime that is broken on purpose is named by it, with the line that runs the
conversation again and a shorter script that breaks it too."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio

from voiceflow._agenda import Agenda
from voiceflow._conductor import Conductor
from voiceflow._turn import Turn
from voiceflow._wire import Wire
from voiceflow.cli import main
from voiceflow.machines.ledger import Ledger
from voiceflow.machines.turn_events import AgentEnded, Event
from voiceflow.machines.turn_state import Memory
from voiceflow.machines.turn_timers import DUE, Timer
from voiceflow.machines.turn_words import Words
from voiceflow.sim import from_json, generate, to_json
from voiceflow.sim.examine import examine
from voiceflow.sim.invariants import RULES
from voiceflow.speaker import Speaker
from voiceflow.tools import runner
from voiceflow.tools.runner import ToolDone

_kept: list[object] = []
_over = threading.Event()
WORK: Any = vars(runner)["_Work"]


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    """Neither what a mutant leaves behind, nor what pytest keeps of a log, and with it of the wires of who raised."""
    _over.clear()
    logging.disable()
    yield
    logging.disable(logging.NOTSET)
    _over.set()
    _kept.clear()


@attrs.frozen
class Mutant:
    """A runtime in which `name` of `owner` is `broken(as it was)`; the conversation of a seed shows it."""

    rule: str
    owner: Any
    name: Any
    broken: Callable[[Any], object]
    seed: int
    seconds: int = 10
    faults: int = 2

    def put(self, monkeypatch: pytest.MonkeyPatch) -> None:
        if self.owner is DUE:
            monkeypatch.setitem(DUE, self.name, self.broken(DUE[self.name]))
        else:
            monkeypatch.setattr(self.owner, self.name, self.broken(vars(self.owner)[self.name]))

    @property
    def asked(self) -> list[str]:
        """What the program is asked for."""
        return f"sim -n 1 --seed {self.seed} --seconds {self.seconds} --faults {self.faults}".split()


def nothing(_: object) -> Callable[..., None]:
    return lambda *_, **__: None


def plays_on(_: object) -> Callable[..., int]:
    """It says what was heard, and leaves the output what it has."""

    def silence(sink: Any, playback: Any, **_: object) -> int:
        return int(playback.cursor.position(sink._now()))

    return silence


def never(_: object) -> property:
    return property(lambda _: False)


def claims_all(_: object) -> Callable[[Ledger, int], str]:
    return lambda ledger, samples: ledger.said


def repeats(_: object) -> Callable[[Words, Any], str]:
    return lambda words, heard: heard.text.strip()


def loses(_: object) -> Callable[..., None]:
    def losing(words: Words, *, aside: bool) -> None:
        words.finals.clear()

    return losing


def excuses(duration_due: Any) -> Callable[[Memory], int | None]:
    return lambda m: None if m.listens and m.settings.interruption.mode == "hybrid" else duration_due(m)


def deaf_to_the_end(post: Any) -> Callable[[Conductor, Event], None]:
    return lambda conductor, event: None if isinstance(event, AgentEnded) else post(conductor, event)


def has_room(_: object) -> Callable[..., bool]:
    return lambda *_: True


def leaves_a_task(run: Any) -> Any:
    async def leaving(turn: Turn, opening: Any) -> None:
        trio.lowlevel.spawn_system_task(trio.sleep_forever)
        await run(turn, opening)

    return leaving


def leaves_a_thread(run: Any) -> Any:
    async def leaving(turn: Turn, opening: Any) -> None:
        threading.Thread(target=_over.wait, daemon=True).start()
        await run(turn, opening)

    return leaving


def leaves_wires(close: Any) -> Callable[[Wire], None]:
    def closing(wire: Wire) -> None:
        _kept.append(wire)
        close(wire)

    return closing


def tells_twice(finish: Any) -> Callable[..., None]:
    def finishing(work: Any, *parts: Any, **rest: Any) -> None:
        finish(work, *parts, **rest)
        done = work.done
        assert isinstance(done, ToolDone)
        work.tell(done)

    return finishing


def forgets_the_cancelled(finish: Any) -> Callable[..., None]:
    def finishing(work: Any, *parts: Any, **rest: Any) -> None:
        if rest.get("problem") != "cancelled":
            finish(work, *parts, **rest)

    return finishing


def tells_all(_: object) -> Callable[[Exception], str]:
    return repr


MUTANTS = {
    "a call that is never idle": Mutant("it ends", Conductor, "idle", never, 1),
    "an answer that is never said": Mutant("every turn ends", Agenda, "_never_said", nothing, 98, 20),
    "a history of all that was written": Mutant("history is what was heard", Ledger, "heard", claims_all, 4),
    "a device that plays on": Mutant("no sound of a dead turn", Speaker, "_silence", plays_on, 4),
    "words that do not wait": Mutant("no word is lost or said twice", Words, "defer", loses, 26),
    "words that come again": Mutant("no word is lost or said twice", Words, "_rest", repeats, 164, 30, 3),
    "an interruption that stops nothing": Mutant("never speaks over the user", Agenda, "interrupt", nothing, 26),
    "a listening sound that excuses all": Mutant(
        "never speaks over the user", DUE, Timer.DURATION, excuses, 1923, 24, 0
    ),
    "a wire without an end": Mutant("buffers are bounded", Wire, "_has_room", has_room, 1),
    "a task of its own": Mutant("nothing is left", Turn, "run", leaves_a_task, 1),
    "a thread of its own": Mutant("nothing is left", Turn, "run", leaves_a_thread, 1),
    "wires that are kept": Mutant("nothing is left", Wire, "close", leaves_wires, 1),
    "outputs that are told twice": Mutant("every call has one output", WORK, "_finish", tells_twice, 9),
    "a cancelled call without one": Mutant("every call has one output", WORK, "_finish", forgets_the_cancelled, 102),
    "errors told in full": Mutant("an error stays in the log", runner, "describe", tells_all, 82),
    "an agent whose end nobody hears": Mutant("both come to rest", Conductor, "post", deaf_to_the_end, 1),
}


def test_each_rule_has_a_mutant() -> None:
    """None is there that nothing can break."""
    assert {mutant.rule for mutant in MUTANTS.values()} == set(RULES)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_broken_runtime_is_named_by_its_rule(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the line that runs the conversation again; and one that is not broken passes."""
    mutant = MUTANTS[name]
    asked = mutant.asked
    assert main([*asked, "--workers", "1", "--no-shrink"]) == 0
    mutant.put(monkeypatch)
    assert main([*asked, "--workers", "1", "--no-shrink"]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told[-1].startswith(f"voiceflow {' '.join(asked)}   # {mutant.rule}: ")


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, mutant in MUTANTS.items() if mutant.seconds == 10])
def test_its_script_is_shortened(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """To one that is kept, that breaks the same rule, and that a runtime which is not broken passes."""
    mutant = MUTANTS[name]
    monkeypatch.setattr("voiceflow.sim.shrink.TRIES", 8)
    with monkeypatch.context() as patch:
        mutant.put(patch)
        assert main([*mutant.asked, "--workers", "1", "--keep", str(tmp_path)]) == 1
        kept = tmp_path / f"sim-{mutant.seed}.json"
        assert capsys.readouterr().out.splitlines()[-1].startswith(f"voiceflow sim --script {kept}   # ")
        short = from_json(json.loads(kept.read_text()))
        assert mutant.rule in {breach.rule for breach in examine(short, id)[1]}
    assert examine(short, id)[1] == []
    whole = generate(mutant.seed, seconds=mutant.seconds, faults=mutant.faults)
    assert len(json.dumps(to_json(short))) < len(json.dumps(to_json(whole)))
