"""What conversations are simulated with: scripts, sound that can be read again, parts that keep the contracts, rules
that catch what they are for, and shrinking."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import attrs
import numpy as np
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from voiceflow import GraphError, Mark, Samples
from voiceflow.items import ToolCall, ToolOutput
from voiceflow.machines.gain import Gain, from_decibels
from voiceflow.machines.turn_events import Heard
from voiceflow.machines.turn_words import Words
from voiceflow.sim import Act, Conversation, Fault, Script, Setup, from_json, generate, simulate, to_json
from voiceflow.sim.codes import CELL, NOISE, Book, decode, encode, runs
from voiceflow.sim.ear import Heard as Sounded
from voiceflow.sim.errands import SECRET
from voiceflow.sim.faults import Faults
from voiceflow.sim.hearing import Detector, Vad
from voiceflow.sim.invariants import RULES, breaches
from voiceflow.sim.recognising import Recogniser
from voiceflow.sim.script import FAULTS
from voiceflow.sim.shrink import shortest, shrink
from voiceflow.sim.speaking import Model, Voice
from voiceflow.testing import InlineExecutor, check_detector, check_llm, check_stt, check_tts, check_vad

# Sound that can be read again


@given(
    st.lists(st.tuples(st.integers(0, 0xFFFF), st.integers(1, 5)), min_size=1, max_size=8), st.sampled_from([0, -15])
)
def test_words_are_read_again_from_their_sound(said: list[tuple[int, int]], decibels: int) -> None:
    """At any gain, also while it moves."""
    sound = np.concatenate([encode(code, ms) for code, ms in said])
    gain = Gain(ramp=100)
    gain.go_to(from_decibels(decibels))
    cells = [code for code, ms in said for _ in range(ms)]
    assert decode(gain.apply(sound)).tolist() == cells
    assert [cell for cell, first, last in runs(decode(sound)) for _ in range(first, last)] == cells


def test_the_same_word_has_the_same_number() -> None:
    """What is made again after a failure says the same; what is said twice does not."""
    book = Book()
    first = book.code("a", 1, "hello", 200)
    assert (book.code("a", 1, "hello", 200), book.code("b", 1, "hello", 200)) == (first, first + 1)
    assert [entry.place for entry in book.words(1)] == [0, 1]


# Scripts


@settings(max_examples=30)
@given(st.integers(0, 10**9), st.integers(5, 120), st.floats(0, 8))
def test_a_script_is_read_as_it_was_written(seed: int, seconds: int, faults: float) -> None:
    """Whatever is drawn; and the same seed draws the same."""
    script = generate(seed, seconds=seconds, faults=faults)
    assert from_json(json.loads(json.dumps(to_json(script)))) == script
    assert generate(seed, seconds=seconds, faults=faults) == script


REFUSED = (
    ("[]", "a script is a JSON object; got list"),
    ('{"act": []}', "a script has acts, faults, seed, setup; got act"),
    ('{"acts": {}}', "acts is a JSON list; got dict"),
    ('{"acts": [{"do": "sing"}]}', r"acts\[0\].do is one of speak, .*; got 'sing'"),
    ('{"acts": [{}]}', r"acts\[0\]: .*'do'"),
    ('{"acts": [{"do": "speak", "words": [1.5]}]}', r"acts\[0\].words is a list of words, .*; got \[1.5\]"),
    ('{"faults": [{"part": "llm", "kind": "stall", "ms": -1}]}', r"faults\[0\].ms is 0 or more; got -1"),
    ('{"setup": {"vad": 1}}', "setup.vad is true or false; got 1"),
    ('{"seed": "x"}', "seed is a whole number; got 'x'"),
)


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_is_no_script_is_refused(text: str, message: str) -> None:
    """With the place, what was expected, and what came."""
    with pytest.raises(GraphError, match=message):
        from_json(json.loads(text))


def test_every_kind_of_fault_is_drawn() -> None:
    """Of every part, and at every position."""
    drawn = [fault for seed in range(400) for fault in generate(seed, faults=5).faults]
    assert {(fault.part, fault.kind) for fault in drawn} == {(part, kind) for part in FAULTS for kind in FAULTS[part]}
    assert {0, 100} < {fault.at for fault in drawn}


# Parts


def _spoken(book: Book, words: str) -> Samples:
    return np.concatenate([encode(book.code(word, 0, word, 320), 320) for word in words.split()])


def _checked(check: Callable[[], Any]) -> None:
    trio.run(check, clock=MockClock(autojump_threshold=0))


def test_the_parts_keep_the_contracts_of_their_kind() -> None:
    """As every node does."""
    book, inline = Book(), InlineExecutor()
    speech = _spoken(book, "what is the capital of france")
    none = Faults(())
    _checked(partial(check_vad, lambda: Vad(none), speech=speech, executor=inline))
    _checked(partial(check_stt, lambda: Recogniser(book), speech=speech, executor=inline))
    _checked(partial(check_detector, lambda: Detector(1, none), speech=speech, executor=inline))
    _checked(partial(check_llm, Model, executor=inline))
    for timed in (True, False):
        _checked(partial(check_tts, partial(Voice, Book(), timed=timed), executor=inline))


# Rules


def _call() -> Conversation:
    """A call with a reply that was heard and one that was cut short."""
    talk = (
        Act("speak", "then", 600, ("k1",)),
        Act("speak", "audible", 300, ("k2", "has", "more", "to", "say")),
        Act("speak", "ended", 600, ("k3",)),
    )
    call = simulate(Script(5, Setup(seconds=24, speculation="off"), talk))
    assert (breaches(call), call.interruptions > 0, call.turns) == ([], True, 3)
    return call


def _without(call: Conversation, name: str) -> None:
    place = next(place for place, mark in enumerate(call.marks) if mark.name == name)
    del call.marks[place]


def _hang(call: Conversation) -> None:
    call.hung = True


def _lose_an_end(call: Conversation) -> None:
    _without(call, "turn.ended")


def _claim_more(call: Conversation) -> None:
    last = call.ear.heard[-1]
    call.ear.heard = [each for each in call.ear.heard if each.code < last.code - 1]


def _forget_an_item(call: Conversation) -> None:
    call.history = call.history[:-1]


def _sound_on(call: Conversation) -> None:
    end = next(mark.t for mark in call.marks if mark.name == "turn.interrupted")
    place = next(place for place, each in enumerate(call.ear.heard) if each.end == end)
    call.ear.heard[place] = attrs.evolve(call.ear.heard[place], end=end + 50_000_000)


def _repeat_a_word(call: Conversation) -> None:
    user = next(item for item in call.history if item.role == "user")
    call.history = (*call.history, attrs.evolve(user, sequence=99))


def _speak_over(call: Conversation) -> None:
    said = max(call.line.stretches, key=lambda each: each.end - each.start)
    start, end = said.start * 1_000_000, said.end * 1_000_000
    call.ear.heard.insert(0, Sounded(call.ear.heard[0].code, start, end))


def _drop_a_frame(call: Conversation) -> None:
    name, stats = next((name, stats) for name, stats in call.wires.items() if not name.startswith("line."))
    call.wires[name] = attrs.evolve(stats, dropped=1)


def _leave_a_task(call: Conversation) -> None:
    call.left = (1, 0)


def _answer_twice(call: Conversation) -> None:
    call.items = (ToolCall("1", "look"), ToolOutput("1", "there"), ToolOutput("1", "again"))


def _tell_a_secret(call: Conversation) -> None:
    call.items = (ToolCall("1", "look"), ToolOutput("1", SECRET))


def _never_rest(call: Conversation) -> None:
    call.marks.append(Mark(10**12, None, "turns", "state", {"user": "listening", "agent": "speaking"}))


BROKEN: dict[str, tuple[Callable[[Conversation], None], ...]] = {
    "it ends": (_hang,),
    "every turn ends": (_lose_an_end,),
    "history is what was heard": (_claim_more, _forget_an_item),
    "no sound of a dead turn": (_sound_on,),
    "no word is lost or said twice": (_repeat_a_word,),
    "never speaks over the user": (_speak_over,),
    "buffers are bounded": (_drop_a_frame,),
    "nothing is left": (_leave_a_task,),
    "every call has one output": (_answer_twice,),
    "an error stays in the log": (_tell_a_secret,),
    "both come to rest": (_never_rest,),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_catches_what_it_is_for(rule: str) -> None:
    """In a call that is as it must be, but for that."""
    for spoil in BROKEN[rule]:
        call = _call()
        spoil(call)
        assert rule in {breach.rule for breach in breaches(call)}, spoil


# Shrinking


def _whole(words: Words, heard: Heard) -> str:
    return heard.text.strip()


def test_a_script_shrinks_to_what_matters() -> None:
    """Of a whole conversation with ten faults, to the one word, the one fault and the one setting."""

    def breaks(script: Script) -> bool:
        said = any("no" in act.words for act in script.acts if act.do == "speak")
        return said and any(fault.kind == "stall" for fault in script.faults) and script.setup.block == 200

    script = next(script for script in map(partial(generate, faults=10), range(1000)) if breaks(script))
    short = shortest(script, breaks)
    assert short.acts == (Act("speak", short.acts[0].on, 0, ("no",)),)
    assert short.faults == (Fault(short.faults[0].part, "stall", 0, 0, 0),)
    assert short.setup == Setup(seconds=5, block=200)


def test_a_call_that_breaks_a_rule_is_shortened_by_running_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A runtime that repeats what was taken before it was final, found in a call with a lot besides."""
    monkeypatch.setattr(Words, "_rest", _whole)
    talk = (
        Act("speak", "then", 200, ("stop", "k3", "time", "and", "more")),
        Act("noise", "audible", 300, ms=200),
        Act("say", "ended", 0, ("done.",)),
    )
    faults = (Fault("stt", "stall", 0, 0, 4_000), Fault("llm", "slow", 0), Fault("tts", "stall", 1, 50, 200))
    script = Script(65, Setup(seconds=12, block=200, timed=False), talk, faults)
    rule = "no word is lost or said twice"
    assert rule in {breach.rule for breach in breaches(simulate(script))}
    short = shrink(script, rule)
    assert rule in {breach.rule for breach in breaches(simulate(short))}
    assert ([act.do for act in short.acts], [(fault.part, fault.kind) for fault in short.faults]) == (
        ["speak"],
        [("stt", "stall")],
    )
    monkeypatch.undo()
    assert breaches(simulate(short)) == []


def test_noise_is_no_word() -> None:
    """A VAD hears it, and a recogniser does not."""
    assert decode(encode(NOISE, 3)).tolist() == [NOISE] * 3
    call = simulate(Script(1, Setup(seconds=6), (Act("noise", "then", 200, ms=800),)))
    assert [mark.name for mark in call.marks if mark.name in ("speech", "transcript")] == ["speech"] * 3
    assert (call.turns, len(encode(NOISE, 3))) == (0, 3 * CELL)
