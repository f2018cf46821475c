"""A provider with another behind it, and every fault of the simulator at every position: what the caller notices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest

from voiceflow.items import ToolCall, ToolOutput
from voiceflow.machines.breaker import FallbackPolicy
from voiceflow.sim import Act, Fault, Script, Setup, simulate
from voiceflow.sim.conversation import Conversation
from voiceflow.sim.invariants import breaches
from voiceflow.sim.script import FAULTS, Kind, Part
from voiceflow.sim.speaking import reply

SEED = 11
PATIENCE = round(FallbackPolicy().patience * 1e9)
FOREVER = 30_000
"""Milliseconds of a stall, a delay or an outage that nobody waits for."""
FAILS: dict[Part, set[Kind]] = {
    "llm": {"error", "refused", "disconnect", "stall", "empty"},
    "tts": {"error", "refused", "disconnect", "stall"},
    "stt": {"error", "disconnect", "stall", "slow", "late", "lost"},
}
"""After which another takes over. What is slow, rubbish or there twice is no failure: it is what that provider says."""
OUTPUT: dict[Part, str] = {"llm": "sim.wrote", "tts": "sim.said", "stt": "transcript"}
"""What each is there for, as a mark."""
WORDS = ("k1 k2 k3 k4 k5", "k6 k7 k8 k9 k10", "k11 k12 k13 k14 k15")


def call(fault: Fault, turns: int, calls: int = 0) -> Conversation:
    """A call in which the caller speaks so often, and nothing goes wrong but this; `calls` as in `Setup`."""
    patient: dict[str, Any] = {"speculation": "off", "endpointing": "fixed", "watchdog": 60_000}
    setup = Setup(seconds=4 + 9 * turns, fallback=True, calls=calls, **patient)
    acts = [Act("speak", "ended" if n else "then", 300, words.split()) for n, words in enumerate(WORDS[:turns])]
    return simulate(Script(SEED, setup, acts, (fault,)))


def check_taken_over(found: Conversation, fault: Fault) -> None:
    """By the other one if that provider fails, at once; and what that brings is there before it would owe too much."""
    failed = [mark.t for mark in found.marks if mark.name == "node.failed"]
    taken = [(mark.t, mark.values["provider"]) for mark in found.marks if mark.name == "node.provider"]
    assert [(at, 1) for at in failed[:1]] == taken[:1]
    assert len(failed) == (fault.kind in FAILS[fault.part]), [mark for mark in found.marks if "node" in mark.name]
    outputs = [mark.t for mark in found.marks if mark.name == OUTPUT[fault.part]]
    for at in failed:
        before, after = [t for t in outputs if t < at], [t for t in outputs if t > at]
        assert fault.at == 100 or after[0] - at < PATIENCE
        if fault.part != "stt" and fault.kind == "stall" and before:
            # It owes from what it brought last, or from the work in its hand.
            assert at - before[-1] <= PATIENCE + (0 if fault.at else PATIENCE)


def check_said(found: Conversation) -> None:
    """The reply is heard from its first word to its last, each word once."""
    (told,) = [item.text for item in found.history if item.role == "assistant"]
    assert told.split() == "".join(reply(Random(f"{SEED} llm 1"))).split()


def positions(fine: bool) -> Sequence[int]:
    return range(10, 100, 20) if fine else (0, 50, 100)


def check_model(kind: Kind, *, fine: bool) -> None:
    for at in positions(fine):
        fault = Fault("llm", kind, 0, at, FOREVER if kind != "slow" else 500)
        found = call(fault, 1)
        assert breaches(found) == [], fault
        assert found.faults.injected == {f"llm.{kind}": 1}
        check_taken_over(found, fault)
        if kind != "garbage":  # what a model writes is its reply
            check_said(found)


def check_voice(kind: Kind, *, fine: bool) -> None:
    for at in positions(fine):
        for job in (0, 1) if fine else (at // 100,):
            fault = Fault("tts", kind, job, at, FOREVER)
            found = call(fault, 1)
            assert breaches(found) == [], fault
            assert found.faults.injected == {f"tts.{kind}": 1}
            check_taken_over(found, fault)
            check_said(found)


def check_recogniser(kind: Kind, *, fine: bool) -> None:
    for at in (0, 100) if kind in ("error", "disconnect", "duplicate") else (0,):
        for job in (0, 1, 2) if fine else (1,):
            fault = Fault("stt", kind, job, at, FOREVER if kind in FAILS["stt"] else 2_000)
            found = call(fault, 3)
            assert breaches(found) == [], fault
            assert found.faults.injected == {f"stt.{kind}": 1}
            check_taken_over(found, fault)
            heard = " ".join(item.text for item in found.history if item.role == "user").split()
            assert [word for word in heard if word[0] == "k"] == " ".join(WORDS).split(), fault


CHECKS: dict[Part, Callable[..., None]] = {"llm": check_model, "tts": check_voice, "stt": check_recogniser}
EVERY = [(part, kind) for part in CHECKS for kind in FAULTS[part]]


@pytest.mark.parametrize(("part", "kind"), EVERY)
def test_nothing_is_lost_and_nothing_comes_twice(part: Part, kind: Kind) -> None:
    """Of what was said on either side; and the silence is no longer than the two may owe."""
    CHECKS[part](kind, fine=False)


@pytest.mark.slow
@pytest.mark.parametrize(("part", "kind"), EVERY)
def test_nor_at_any_other_position(part: Part, kind: Kind) -> None:
    """The same, at five more places of a reply and of each phrase, and in each utterance."""
    CHECKS[part](kind, fine=True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", FAULTS["llm"])
def test_nor_between_the_tools_that_a_model_calls(kind: Kind) -> None:
    """In whichever round of a reply one breaks off: each call has its one output, and no tool runs twice."""
    for number, at in ((0, 50), (1, 0), (1, 100)):
        fault = Fault("llm", kind, number, at, FOREVER if kind != "slow" else 500)
        found = call(fault, 1, calls=100)
        assert breaches(found) == [], fault
        outputs = Counter(item.call for item in found.items if isinstance(item, ToolOutput))
        called = Counter(item.call for item in found.items if isinstance(item, ToolCall))
        begun = Counter(mark.values["call"] for mark in found.marks if mark.name == "tool.started")
        assert outputs == called
        assert set(called.values()) == {1}
        assert set(begun.values()) <= {1}
