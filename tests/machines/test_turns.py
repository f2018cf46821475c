"""The turn-taking machine, case by case: what is told, and exactly what comes of it and when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from voiceflow.machines.turn_events import (
    Abandon,
    AgentAudible,
    AgentEnded,
    AgentStarted,
    Classified,
    Closing,
    Command,
    Commit,
    Duck,
    Event,
    Heard,
    Hold,
    Idle,
    Interrupt,
    InterruptAsked,
    Keep,
    Mute,
    Predicted,
    Resume,
    Speculate,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    SpeechStarted,
    Stalled,
    Tick,
    UserText,
)
from voiceflow.machines.turn_settings import Endpointing, Interruption, Speculation, TurnSettings, ns
from voiceflow.machines.turn_state import Agent, Hint, Turn, Voice, pooled
from voiceflow.machines.turns import TABLE, Turns, mermaid

Told = tuple[float, Event]
Done = list[tuple[float, Command]]
_OUTPUT = (AgentStarted, AgentAudible, AgentEnded)


def make(
    *,
    vad: bool = True,
    detectors: int = 0,
    endpointing: Endpointing | None = None,
    speculation: Speculation | None = None,
    stall: float = 2.0,
    idle: float | None = None,
    idle_repeats: bool = False,
    watchdog: float | None = 60.0,
    **interruption: Any,
) -> Turns:
    """A machine with the defaults, but for fixed endpointing, no phrases that always interrupt, and no guesses."""
    how: dict[str, Any] = {"always": {}, **interruption}
    settings = TurnSettings(
        endpointing=endpointing or Endpointing(mode="fixed"),
        interruption=Interruption(**how),
        speculation=speculation or Speculation(mode="off"),
        stall=stall,
        idle=idle,
        idle_repeats=idle_repeats,
        watchdog=watchdog,
    )
    return Turns(settings, vad=vad, detectors=detectors)


def drive(machine: Turns, *told: Told, until: float | None = None) -> Done:
    """Tell the events in order, and tick at every deadline: after the user's events of that time, before output."""
    done: Done = []
    for place, (seconds, event) in enumerate(told):
        # What the agent does at one time is told in one go.
        follows = place > 0 and told[place - 1][0] == seconds and isinstance(told[place - 1][1], _OUTPUT)
        done += _tick(machine, ns(seconds), including=isinstance(event, _OUTPUT) and not follows)
        done += _step(machine, event, ns(seconds))
    done += _tick(machine, ns(told[-1][0] + 300 if until is None else until), including=True)
    return done


def _tick(machine: Turns, until: int, *, including: bool) -> Done:
    done: Done = []
    while (due := machine.due()) is not None and (due < until or (including and due == until)):
        done += _step(machine, Tick(), due)
        following = machine.due()
        assert following is None or following > due
    return done


def _step(machine: Turns, event: Event, now: int) -> Done:
    """One step, after which the states agree with what was commanded."""
    commands = machine.step(event, now)
    _, agent, turn, hint = machine.state
    for command in commands:
        match command:
            case Commit():
                assert (agent, turn) == (Agent.AWAITED, Turn.CLOSED)
            case Interrupt():
                assert (agent, hint) == (Agent.LISTENING, Hint.NONE)
            case Stalled():
                assert turn is Turn.CLOSED
            case Duck() | Hold():
                assert hint is Hint.OPEN
            case Resume():
                assert hint is (Hint.DISMISSED if isinstance(event, Classified) else Hint.NONE)
            case Idle():
                assert turn is Turn.CLOSED
            case _:
                pass
    return [(now / 1e9, command) for command in commands]


def speech(start: float, end: float, *, silence: float = 0.5) -> list[Told]:
    """One utterance as a VAD tells it."""
    return [
        (start, SpeechStarted(ns(start))),
        (end, SpeechPaused(ns(end))),
        (end + silence, SpeechEnded(ns(end))),
    ]


def said(start: float, end: float, text: str, *, after: float = 0.2) -> list[Told]:
    """One utterance with its final transcript."""
    begin, pause, over = speech(start, end)
    return sorted([begin, pause, over, (end + after, Heard(text, "final"))], key=lambda told: told[0])


def agent(start: float, audible: float, *, utterance: int = 1, interruptible: bool = True) -> list[Told]:
    """An utterance that is to be heard from `audible`."""
    return [(start, AgentStarted(utterance, interruptible)), (audible, AgentAudible(utterance))]


def commit(text: str, speech_end: float, transcribed: float, **rest: Any) -> Commit:
    return Commit(text, ns(speech_end), ns(transcribed), **rest)


# The end of a turn


def test_a_turn_ends_min_wait_after_the_last_voiced_sample() -> None:
    done = drive(make(), *said(0.5, 2.5, "Hello there"))
    assert done == [(3.0, commit("Hello there", 2.5, 2.7))]


def test_a_vad_that_is_slower_than_the_wait_is_waited_for() -> None:
    machine = make()
    begin, pause, end = speech(0.5, 2.5, silence=0.8)
    done = drive(machine, begin, pause, (2.7, Heard("Hello", "final", language="en-GB")), end)
    assert done == [(3.3, commit("Hello", 2.5, 2.7, language="en-GB"))]


def test_a_final_that_comes_after_the_wait_is_committed_on_arrival() -> None:
    done = drive(make(), *said(0.5, 2.5, "Hello", after=0.9))
    assert done == [(3.4, commit("Hello", 2.5, 3.4))]


@pytest.mark.parametrize("word", ["Yes", "mhm"])
def test_a_single_word_ends_a_turn(word: str) -> None:
    assert drive(make(), *said(0.5, 0.8, word)) == [(1.3, commit(word, 0.8, 1.0))]


def test_words_of_one_turn_are_committed_together() -> None:
    resumed: list[Told] = [(1.4, SpeechResumed(ns(1.4))), *said(1.4, 2.0, "a pizza")[1:]]
    done = drive(make(), *said(0.5, 1.0, "I want")[:3], *resumed)
    assert done == [(2.5, commit("I want a pizza", 2.0, 2.2))]


def test_speech_that_begins_exactly_at_the_deadline_keeps_the_turn_open() -> None:
    done = drive(make(), *said(0.5, 2.5, "I want"), *said(3.0, 4.0, "a pizza"))
    assert done == [(4.5, commit("I want a pizza", 4.0, 4.2))]


def test_an_empty_interim_after_a_final_does_not_strand_it() -> None:
    done = drive(make(), *said(0.5, 2.5, "Hello")[:3], (2.8, Heard(" ", "interim")), (3.0, SpeechEnded(ns(2.5))))
    assert done == [(3.0, commit("Hello", 2.5, 2.7))]


def test_a_noise_after_a_final_does_not_strand_it() -> None:
    done = drive(make(), *said(0.5, 2.5, "Hello")[:3], *speech(2.9, 3.0))
    assert done == [(3.5, commit("Hello", 3.0, 2.7))]


def test_words_that_may_still_change_are_waited_for() -> None:
    told = [*said(0.5, 2.5, "Hello"), (2.9, Heard("there", "interim")), (3.4, Heard("there", "final"))]
    done = drive(make(), *sorted(told, key=lambda entry: entry[0]))
    assert done == [(3.4, commit("Hello there", 2.5, 3.4))]


def test_words_that_never_become_final_are_committed_as_they_are_at_the_stall() -> None:
    done = drive(make(), *speech(0.5, 2.5)[:2], (2.6, Heard("Hello", "interim")), (3.0, SpeechEnded(ns(2.5))))
    assert done == [(4.5, commit("Hello", 2.5, 2.6))]


def test_an_empty_final_takes_its_interim_back() -> None:
    told = [(2.6, Heard("Hello", "interim")), (2.7, Heard("", "final")), (3.0, SpeechEnded(ns(2.5)))]
    assert drive(make(), *speech(0.5, 2.5)[:2], *told) == [(4.5, Stalled(ns(2.5)))]


def test_a_final_of_words_that_were_committed_as_they_stood_is_not_said_twice() -> None:
    machine = make()
    told = [*speech(0.5, 2.5)[:2], (2.6, Heard("hello", "interim")), (3.0, SpeechEnded(ns(2.5)))]
    done = drive(machine, *told, (5.0, AgentStarted(1)), (5.1, Heard("Hello.", "final")), (6.0, AgentEnded(1)))
    assert [command for _, command in done] == [commit("hello", 2.5, 2.6)]
    assert machine.absorbed == 1


def test_an_interim_of_words_that_were_committed_as_they_stood_is_not_said_twice() -> None:
    machine = make()
    told = [*speech(0.5, 2.5)[:2], (2.6, Heard("hello", "interim")), (3.0, SpeechEnded(ns(2.5)))]
    late: list[Told] = [(5.0, AgentStarted(1)), (5.1, Heard("hello", "interim")), (5.2, Heard("hello", "final"))]
    assert drive(machine, *told, *late, (6.0, AgentEnded(1))) == [(4.5, commit("hello", 2.5, 2.6))]
    assert machine.absorbed == 2


def test_without_a_vad_too_a_late_final_is_not_said_twice() -> None:
    machine = make(vad=False)
    told: list[Told] = [(1.0, Heard("yes", "interim")), (3.5, AgentStarted(1)), (3.6, Heard("yes", "final"))]
    assert drive(machine, *told, (5.0, AgentEnded(1))) == [(3.0, commit("yes", 1.0, 1.0))]
    assert machine.absorbed == 1


@pytest.mark.parametrize("vad", [True, False])
@pytest.mark.parametrize("stage", ["interim", "final"])
def test_a_recogniser_that_hears_nothing_opens_no_turn(vad: bool, stage: Any) -> None:
    machine = make(vad=vad)
    assert drive(machine, (1.0, Heard(" ", stage))) == []
    assert (machine.at_rest, machine.absorbed) == (True, 0)


def test_late_words_that_may_change_have_a_stall_of_their_own() -> None:
    told = [*speech(0.5, 1.0), (10.0, Heard("hello", "interim"))]
    assert drive(make(), *told) == [(3.0, Stalled(ns(1.0))), (12.0, commit("hello", 1.0, 10.0))]


def test_words_without_any_speech_are_counted_from_their_arrival() -> None:
    assert drive(make(), (1.0, Heard("Hello", "final"))) == [(1.5, commit("Hello", 1.0, 1.0))]


def test_words_that_are_taken_back_without_speech_do_not_stall() -> None:
    told: list[Told] = [(1.0, Heard("hel", "interim")), (1.2, Heard("", "final"))]
    for vad in (True, False):
        machine = make(vad=vad)
        assert drive(machine, *told) == []
        assert machine.at_rest


def test_words_after_a_stall_are_not_taken_for_an_interruption() -> None:
    told = [*speech(0.5, 2.5), *agent(5.0, 5.5), (6.0, Heard("what is the time", "final"))]
    assert drive(make(mode="stt"), *told, until=7.0) == [(4.5, Stalled(ns(2.5)))]


def test_a_verdict_is_not_that_of_the_next_turn() -> None:
    machine = make(detectors=1, endpointing=ADAPTIVE)
    told = [*said(0.5, 2.5, "Hello")[:3], (2.8, Predicted(1.0, ns(2.5))), (3.0, SpeechEnded(ns(2.5)))]
    answered: list[Told] = [(3.1, AgentStarted(1)), (3.2, AgentEnded(1)), (4.0, UserText("Hi"))]
    assert drive(machine, *told, *answered) == [
        (3.0, commit("Hello", 2.5, 2.7, probability=1.0)),
        (4.0, commit("Hi", 4.0, 4.0)),
    ]


@pytest.mark.parametrize("text", ["...", "?!", "\u3002"])
def test_punctuation_is_no_word(text: str) -> None:
    told = [*speech(0.5, 2.5)[:2], (2.6, Heard("hm", "interim")), (2.7, Heard(text, "final"))]
    assert drive(make(), *told, (3.0, SpeechEnded(ns(2.5)))) == [(4.5, Stalled(ns(2.5)))]


def test_after_another_final_what_was_taken_as_it_stood_may_be_said_again() -> None:
    told = [
        *speech(0.5, 2.5)[:2],
        (2.6, Heard("hello", "interim")),
        (3.0, SpeechEnded(ns(2.5))),
        (5.0, AgentStarted(1)),
    ]
    late: list[Told] = [(5.1, Heard("you", "final")), (5.2, Heard("hello", "final")), (6.0, AgentEnded(1))]
    assert drive(make(), *told, *late)[-1] == (6.0, commit("you hello", 2.5, 5.2))


def test_where_nothing_was_taken_nothing_is_left_out() -> None:
    """Not even what stands before the first word."""
    told: list[Told] = [*speech(0.5, 2.5)[:2], (2.6, Heard("hello", "interim")), (3.0, SpeechEnded(ns(2.5)))]
    late: list[Told] = [(5.1, Heard("you", "final")), (5.2, Heard("- and me", "final")), (6.0, AgentEnded(1))]
    assert drive(make(), *told, (5.0, AgentStarted(1)), *late)[-1] == (6.0, commit("you - and me", 2.5, 5.2))


def test_a_lost_voice_ends_where_it_was_last_heard() -> None:
    told: list[Told] = [(0.5, SpeechStarted(ns(0.5))), (1.0, SpeechPaused(ns(1.0))), (1.2, SpeechResumed(ns(1.1)))]
    done = drive(make(watchdog=5.0), *told, (2.0, Heard("Hello", "final")))
    assert done == [(6.2, commit("Hello", 1.1, 2.0))]


def test_the_same_words_of_new_speech_are_no_repetition() -> None:
    told = [*speech(0.5, 2.5)[:2], (2.6, Heard("hello", "interim")), (3.0, SpeechEnded(ns(2.5)))]
    answered: list[Told] = [(4.6, AgentStarted(1)), (4.7, AgentEnded(1))]
    done = drive(make(), *told, *answered, *said(6.0, 6.4, "Hello."))
    assert done == [(4.5, commit("hello", 2.5, 2.6)), (6.9, commit("Hello.", 6.4, 6.6))]


def test_other_words_than_those_committed_as_they_stood_join_the_next_turn() -> None:
    told = [*speech(0.5, 2.5)[:2], (2.6, Heard("hello", "interim")), (3.0, SpeechEnded(ns(2.5)))]
    done = drive(make(), *told, (5.0, AgentStarted(1)), (5.1, Heard("yellow you", "final")), (6.0, AgentEnded(1)))
    assert done == [(4.5, commit("hello", 2.5, 2.6)), (6.0, commit("yellow you", 2.5, 5.1))]


@pytest.mark.parametrize("stage", ["interim", "preflight"])
def test_words_that_go_on_from_those_committed_as_they_stood_are_not_said_twice(stage: Any) -> None:
    told = [*speech(0.5, 2.5)[:2], (2.6, Heard("Hello, there", "interim")), (3.0, SpeechEnded(ns(2.5)))]
    late: list[Told] = [(5.1, Heard("hello there you", stage)), (5.2, Heard("Hello there. You and me", "final"))]
    done = drive(make(), *told, (5.0, AgentStarted(1)), *late, (6.0, AgentEnded(1)))
    assert done == [(4.5, commit("Hello, there", 2.5, 2.6)), (6.0, commit("You and me", 2.5, 5.2))]


def test_a_final_that_comes_when_the_user_speaks_anew_is_not_said_twice() -> None:
    told = [*speech(0.5, 2.5)[:2], (2.6, Heard("tell me", "interim")), (3.0, SpeechEnded(ns(2.5)))]
    answered: list[Told] = [(4.6, AgentStarted(1)), (4.7, AgentEnded(1)), (5.0, SpeechStarted(ns(5.0)))]
    late: list[Told] = [(5.1, Heard("tell me more", "final", end=ns(2.5))), (5.5, SpeechEnded(ns(5.4)))]
    done = drive(make(), *told, *answered, *late)
    assert done == [(4.5, commit("tell me", 2.5, 2.6)), (5.9, commit("more", 5.4, 5.1))]


def test_words_that_never_become_final_are_taken_bit_by_bit() -> None:
    told = [*speech(0.5, 2.5)[:2], (2.6, Heard("tell me", "interim")), (3.0, SpeechEnded(ns(2.5)))]
    late: list[Told] = [(5.0, Heard("tell me a story", "interim")), (9.0, Heard("tell me a story now", "final"))]
    done = drive(make(), *told, (4.6, AgentStarted(1)), (4.7, AgentEnded(1)), *late)
    assert [command.text for _, command in done if isinstance(command, Commit)] == ["tell me", "a story", "now"]


@pytest.mark.parametrize("vad", [True, False])
def test_an_interim_of_speech_whose_final_came_before_it_is_absorbed(vad: bool) -> None:
    machine = make(vad=vad)
    spoken: list[Told] = [(0.5, SpeechStarted(ns(0.5))), (2.5, SpeechEnded(ns(2.5)))] if vad else []
    late: list[Told] = [(2.7, Heard("Hello", "final", end=ns(2.5))), (2.8, Heard("Hell", "interim", end=ns(2.4)))]
    assert drive(machine, *spoken, *late) == [(3.0, commit("Hello", 2.5, 2.7))]
    assert machine.absorbed == 1


def test_speech_without_words_stalls_and_the_turn_ends() -> None:
    machine = make()
    assert drive(machine, *speech(0.5, 2.5)) == [(4.5, Stalled(ns(2.5)))]
    assert machine.state == (Voice.SILENT, Agent.LISTENING, Turn.CLOSED, Hint.NONE)


def test_words_that_come_after_a_stall_are_answered_at_once() -> None:
    done = drive(make(), *speech(0.5, 2.5), (6.0, Heard("Hello", "final")))
    assert done == [(4.5, Stalled(ns(2.5))), (6.0, commit("Hello", 2.5, 6.0))]


def test_a_vad_that_forgets_to_end_an_utterance_does_not_leave_the_turn_open() -> None:
    done = drive(make(), *speech(0.5, 2.5)[:2], (2.7, Heard("Hello", "final")))
    assert done == [(4.5, commit("Hello", 2.5, 2.7))]


@pytest.mark.parametrize(("paused", "at"), [(True, 4.65), (False, 5.65)])
def test_the_model_can_start_when_the_vad_is_given_up(paused: bool, at: float) -> None:
    machine = make(detectors=1, endpointing=Endpointing(mode="adaptive"), watchdog=5.0)
    begin, pause, _ = speech(0.5, 2.5)
    done = drive(machine, begin, *[pause] * paused, (2.7, Heard("Hello", "final")))
    assert done == [(at, commit("Hello", 2.5 if paused else 0.5, 2.7))]


def test_a_slow_vad_is_not_taken_for_lost_before_max_wait() -> None:
    endpointing = Endpointing(mode="fixed", max_wait=3.0)
    begin, pause, end = speech(0.5, 2.5, silence=2.9)
    done = drive(make(endpointing=endpointing), begin, pause, (2.7, Heard("Hello", "final")), end)
    assert done == [(5.4, commit("Hello", 2.5, 2.7))]


def test_a_vad_that_falls_silent_in_mid_speech_is_given_up_by_the_watchdog() -> None:
    told: list[Told] = [(0.5, SpeechStarted(ns(0.4))), (2.7, Heard("Hello", "final"))]
    assert drive(make(watchdog=5.0), *told) == [(5.5, commit("Hello", 0.4, 2.7))]


def test_without_a_watchdog_speech_may_last() -> None:
    told: list[Told] = [(0.5, SpeechStarted(ns(0.5))), (2.7, Heard("Hello", "final"))]
    assert drive(make(watchdog=None), *told) == []


def test_a_late_final_after_the_commit_joins_the_next_turn() -> None:
    told = [*said(0.5, 2.5, "Hello"), *agent(3.0, 3.5), (3.6, Heard("there", "final")), (5.5, AgentEnded(1))]
    done = drive(make(), *told)
    assert done == [(3.0, commit("Hello", 2.5, 2.7)), (5.5, commit("there", 2.5, 3.6))]


def test_a_late_listening_sound_of_a_committed_turn_is_answered() -> None:
    told = [*said(0.5, 2.5, "Hello"), *agent(3.0, 3.5), (3.6, Heard("yes", "final")), (5.5, AgentEnded(1))]
    assert drive(make(), *told)[1:] == [(5.5, commit("yes", 2.5, 3.6))]


def test_nothing_more_is_committed_before_the_answer_began() -> None:
    told = [*said(0.5, 2.5, "Hello"), (3.1, Heard("there", "final")), (3.2, AgentStarted(1)), (4.0, AgentEnded(1))]
    assert drive(make(), *told) == [(3.0, commit("Hello", 2.5, 2.7)), (4.0, commit("there", 2.5, 3.1))]


def test_an_answer_that_never_begins_is_given_up() -> None:
    machine = make()
    done = drive(machine, *said(0.5, 2.5, "Hello"), (3.1, Heard("there", "final")))
    assert done == [(3.0, commit("Hello", 2.5, 2.7)), (5.0, commit("there", 2.5, 3.1))]
    assert machine.agent == "listening"


# The end-of-turn model


@pytest.mark.parametrize(
    ("mode", "probability", "at"),
    [
        ("adaptive", 1.0, 3.0),
        ("adaptive", 0.5, 3.15),
        ("adaptive", 0.0, 3.3),
        ("threshold", 0.75, 3.0),
        ("threshold", 0.749, 3.3),
        ("fixed", 0.0, 3.0),
    ],
)
def test_the_wait_follows_the_probability(mode: Any, probability: float, at: float) -> None:
    machine = make(detectors=1, endpointing=Endpointing(mode=mode))
    told = [*said(0.5, 2.5, "Hello")[:3], (2.8, Predicted(probability, ns(2.6))), (3.0, SpeechEnded(ns(2.5)))]
    assert drive(machine, *told) == [(at, commit("Hello", 2.5, 2.7, probability=probability))]


ADAPTIVE = Endpointing(mode="adaptive")


def test_a_model_that_does_not_answer_has_its_deadline() -> None:
    machine = make(detectors=1, endpointing=ADAPTIVE)
    assert drive(machine, *said(0.5, 2.5, "Hello")) == [(3.15, commit("Hello", 2.5, 2.7))]


def test_the_models_deadline_counts_from_the_last_words_if_they_are_later() -> None:
    machine = make(detectors=1, endpointing=ADAPTIVE)
    assert drive(machine, *said(0.5, 2.5, "Hello", after=0.9)) == [(3.55, commit("Hello", 2.5, 3.4))]


def test_the_models_deadline_never_shortens_the_wait() -> None:
    machine = make(detectors=1, endpointing=Endpointing(mode="adaptive", min_wait=1.0, max_wait=1.5))
    assert drive(machine, *said(0.5, 2.5, "Hello")) == [(3.5, commit("Hello", 2.5, 2.7))]


def test_an_answer_after_the_wait_is_committed_when_it_comes() -> None:
    machine = make(detectors=1, endpointing=ADAPTIVE)
    done = drive(machine, *said(0.5, 2.5, "Hello"), (3.1, Predicted(1.0, ns(2.5))))
    assert done == [(3.1, commit("Hello", 2.5, 2.7, probability=1.0))]


def test_a_voice_that_is_lost_is_silent_at_once() -> None:
    """A VAD that gives no sign for `watchdog` seconds does not keep the words waiting for a longer `stall`."""
    told: list[Told] = [(0.5, SpeechStarted(ns(0.5))), (1.0, Heard("Hello", "final"))]
    assert drive(make(watchdog=1.0, stall=5.0), *told) == [(1.5, commit("Hello", 0.5, 1.0))]


def test_without_a_vad_a_listening_sound_in_the_silence_is_an_answer() -> None:
    """Only under the agent's voice it is that of a listener."""
    told: list[Told] = [(3.0, AgentStarted(1)), (3.2, Heard("mhm", "final"))]
    told += [(4.0, AgentAudible(1)), (6.0, AgentEnded(1))]
    done = drive(make(vad=False), *told, until=6.5)
    assert [type(command) for _, command in done] == [Hold, Resume, Commit]
    assert done[-1] == (6.0, commit("mhm", 3.2, 3.2))


def test_words_that_were_taken_as_they_stood_may_be_said_again() -> None:
    """A final of the same words that ends later is of what was said later."""
    begin, pause, over = speech(0.5, 2.5)
    told: list[Told] = [begin, pause, (2.6, Heard("Hello", "interim")), over]
    told += [(5.0, AgentStarted(1)), (5.5, AgentEnded(1)), *speech(6.0, 7.0)]
    told.append((7.6, Heard("Hello", "final", end=ns(7.0))))
    done = drive(make(), *told)
    assert [command for _, command in done if isinstance(command, Commit)] == [
        commit("Hello", 2.5, 2.6),
        commit("Hello", 7.0, 7.6),
    ]


def test_words_without_any_speech_are_taken_as_they_stand_once() -> None:
    """Of a recogniser that hears what the VAD does not; their final, wherever it ends, is not heard again."""
    told: list[Told] = [(1.0, Heard("Hello", "interim")), (3.5, Heard("Hello", "final", end=ns(0.9)))]
    done = drive(make(), *told, (3.6, AgentStarted(1)), (3.7, AgentEnded(1)))
    assert [type(command) for _, command in done] == [Commit]


def test_who_speaks_unheard_is_not_silent() -> None:
    """The silence of a user who is muted is counted from the end of the voice too."""
    told: list[Told] = [(1.0, AgentStarted(1)), (2.0, AgentEnded(1)), (2.5, Mute(True)), *speech(4.0, 10.0)]
    assert drive(make(idle=5.0), *told) == [(15.0, Idle(1))]


def test_silence_can_be_told_more_often_than_a_turn_may_stall() -> None:
    machine = make(idle=0.5, idle_repeats=True)
    done = drive(machine, *said(0.5, 2.5, "Hello"), (3.0, AgentStarted(1)), (3.2, AgentEnded(1)), until=4.8)
    assert done[1:] == [(3.7, Idle(1)), (4.2, Idle(2)), (4.7, Idle(3))]


def test_a_commit_waits_for_every_detector() -> None:
    """The odds of both are multiplied: 3 to 1 that it is over and 9 to 1 are 27 to 1."""
    machine = make(detectors=2, endpointing=Endpointing(mode="adaptive", min_wait=0.5, max_wait=3.3))
    told: list[Told] = [(3.05, Predicted(0.75, ns(2.5), "sound")), (3.1, Predicted(0.9, ns(2.5), "words"))]
    done = drive(machine, *said(0.5, 2.5, "Hello"), *told)
    assert done == [(3.1, commit("Hello", 2.5, 2.7, probability=pytest.approx(27 / 28)))]


def test_one_of_two_detectors_is_waited_for_to_its_deadline() -> None:
    """Then the one that answered decides, by itself."""
    machine = make(detectors=2, endpointing=Endpointing(mode="threshold", min_wait=0.5, max_wait=2.0, deadline=0.3))
    told: list[Told] = [*said(0.5, 2.5, "Hello")[:3], (2.8, Predicted(0.9, ns(2.5), "sound"))]
    done = drive(machine, *told, (3.0, SpeechEnded(ns(2.5))))
    assert done == [(3.3, commit("Hello", 2.5, 2.7, probability=0.9))]
    machine = make(detectors=2, endpointing=Endpointing(mode="threshold", min_wait=0.5, max_wait=2.0, deadline=0.3))
    told[-1] = (2.8, Predicted(0.1, ns(2.5), "sound"))
    done = drive(machine, *told, (3.0, SpeechEnded(ns(2.5))))
    assert done == [(4.5, commit("Hello", 2.5, 2.7, probability=0.1))]


def test_a_detector_that_answers_twice_is_one() -> None:
    """Its last answer counts, and the other is still waited for."""
    machine = make(detectors=2, endpointing=ADAPTIVE)
    told: list[Told] = [*said(0.5, 2.5, "Hello")[:3]]
    told += [(2.75, Predicted(0.0, ns(2.5), "words")), (2.8, Predicted(1.0, ns(2.5), "words"))]
    done = drive(machine, *told, (3.0, SpeechEnded(ns(2.5))))
    assert done == [(3.15, commit("Hello", 2.5, 2.7, probability=1.0))]


def test_new_speech_makes_every_answer_void() -> None:
    machine = make(detectors=2, endpointing=ADAPTIVE)
    told: list[Told] = [*said(0.5, 2.5, "Hello")[:3]]
    told += [(2.75, Predicted(0.0, ns(2.5), "words")), (2.76, Predicted(0.0, ns(2.5), "sound"))]
    told += [(2.8, SpeechResumed(ns(2.8))), (3.0, SpeechPaused(ns(3.0))), (3.5, SpeechEnded(ns(3.0)))]
    assert drive(machine, *told) == [(3.65, commit("Hello", 3.0, 2.7))]


@pytest.mark.parametrize(
    ("said", "together"),
    [
        ((), None),
        ((0.3,), 0.3),
        ((1.0,), 1.0),
        ((0.5, 0.3), 0.3),
        ((0.9, 0.1), 0.5),
        ((0.8, 0.8), 16 / 17),
        ((1.0, 0.0), 0.5),
        ((1.0, 0.5), 0.999),
        ((0.0, 0.9, 0.9), 81 / (81 + 999)),
    ],
)
def test_the_odds_of_detectors_are_multiplied(said: tuple[float, ...], together: float | None) -> None:
    """Half and half says nothing, those that contradict each other cancel out, and nobody is quite sure."""
    assert pooled(said) == (None if together is None else pytest.approx(together))


def test_a_verdict_on_the_sound_outlives_words_that_come_late() -> None:
    """A final that comes after the detector's answer to the same end of speech waits for no other answer."""
    machine = make(detectors=1, endpointing=ADAPTIVE)
    told = [*said(0.5, 2.5, "Hello")[:3], (2.75, Predicted(1.0, ns(2.5))), (2.8, Heard("there", "final"))]
    assert drive(machine, *told, (3.0, SpeechEnded(ns(2.5)))) == [
        (3.0, commit("Hello there", 2.5, 2.8, probability=1.0))
    ]


def test_speech_that_resumes_while_the_model_is_thinking_keeps_the_turn_open() -> None:
    machine = make(detectors=1, endpointing=ADAPTIVE)
    told = [*said(0.5, 2.5, "I want"), (3.05, SpeechStarted(ns(3.05))), (3.1, Predicted(1.0, ns(3.1)))]
    done = drive(machine, *told, *said(3.05, 4.0, "a pizza")[1:])
    assert done == [(4.65, commit("I want a pizza", 4.0, 4.2))]
    assert machine.absorbed == 1


@pytest.mark.parametrize(
    ("detector", "prediction"),
    [
        (False, Predicted(1.0, ns(2.5))),
        (True, Predicted(1.0, ns(2.4))),
        (True, Predicted(1.1, ns(2.5))),
        (True, Predicted(-0.1, ns(2.5))),
        (True, Predicted(float("nan"), ns(2.5))),
    ],
)
def test_a_verdict_that_is_not_about_this_turn_is_absorbed(detector: bool, prediction: Predicted) -> None:
    machine = make(detectors=int(detector), endpointing=ADAPTIVE)
    drive(machine, *said(0.5, 2.5, "Hello")[:3], (2.8, prediction), until=2.8)
    assert machine.absorbed == 1


def test_a_verdict_on_no_turn_is_absorbed() -> None:
    machine = make(detectors=1)
    assert drive(machine, (1.0, Predicted(1.0, ns(1.0)))) == []
    assert machine.absorbed == 1


def test_without_a_model_the_wait_is_the_shortest() -> None:
    assert drive(make(endpointing=ADAPTIVE), *said(0.5, 2.5, "Hello")) == [(3.0, commit("Hello", 2.5, 2.7))]


def test_words_that_wait_were_weighed_already() -> None:
    told = [*agent(3.0, 3.5), *said(4.0, 4.4, "Why?"), *speech(8.9, 9.1)]
    told.insert(7, (9.0, AgentEnded(1)))
    done = drive(make(detectors=1, endpointing=ADAPTIVE), *told)
    assert done[-1] == (9.6, commit("Why?", 9.1, 4.6))


def test_a_wait_that_is_longer_than_the_stall_is_waited_for() -> None:
    machine = make(detectors=1, endpointing=Endpointing(mode="adaptive", max_wait=3.0))
    told = [*said(0.5, 2.5, "Hello")[:3], (2.8, Predicted(0.0, ns(2.5))), (3.0, SpeechEnded(ns(2.5)))]
    assert drive(machine, *told) == [(5.5, commit("Hello", 2.5, 2.7, probability=0.0))]


def test_typed_words_wait_for_no_model() -> None:
    machine = make(detectors=1, endpointing=ADAPTIVE)
    assert drive(machine, (1.0, UserText("Hello"))) == [(1.0, commit("Hello", 1.0, 1.0))]


def test_a_noise_makes_the_verdict_before_it_void() -> None:
    machine = make(detectors=1, endpointing=ADAPTIVE)
    told = [*said(0.5, 2.5, "Hello")[:3], (2.8, Predicted(0.0, ns(2.5))), (3.0, SpeechEnded(ns(2.5)))]
    assert drive(machine, *told, *speech(3.1, 3.4)) == [(4.05, commit("Hello", 3.4, 2.7))]


def test_a_voice_that_returns_makes_the_verdict_before_it_void() -> None:
    machine = make(detectors=1, endpointing=ADAPTIVE)
    told = [*said(0.5, 2.5, "Hello")[:3], (2.75, Predicted(0.0, ns(2.5))), (2.8, SpeechResumed(ns(2.8)))]
    told += [(2.9, SpeechPaused(ns(2.9))), (3.4, SpeechEnded(ns(2.9)))]
    assert drive(machine, *told) == [(3.55, commit("Hello", 2.9, 2.7))]


# Words under the agent's voice


def test_a_one_word_answer_while_thinking_is_kept_and_answered_when_the_agent_has_ended() -> None:
    told = [*agent(3.0, 5.0)[:1], *said(3.1, 3.3, "Large"), (5.0, AgentAudible(1)), (7.0, AgentEnded(1))]
    assert drive(make(), *told) == [
        (3.1, Hold()),
        (3.5, Resume()),
        (7.0, commit("Large", 3.3, 3.5)),
    ]


def test_yes_while_thinking_is_an_answer_not_a_listening_sound() -> None:
    told = [*agent(3.0, 5.0)[:1], *said(3.1, 3.3, "Yes"), (5.0, AgentAudible(1)), (7.0, AgentEnded(1))]
    assert drive(make(), *told)[2:] == [(7.0, commit("Yes", 3.3, 3.5))]


def test_a_listening_sound_is_kept_after_the_reply_and_not_answered() -> None:
    told = [*agent(3.0, 3.5), *said(4.0, 4.3, "mhm"), (9.0, AgentEnded(1))]
    assert drive(make(), *told) == [(4.0, Duck()), (4.5, Resume()), (9.0, Keep("mhm"))]


def test_listening_sounds_may_have_pauses() -> None:
    told = [*speech(4.0, 4.2)[:2], (4.3, SpeechResumed(ns(4.3))), (4.5, SpeechPaused(ns(4.5)))]
    told += [(4.7, Heard("mhm, mhm", "final")), (5.0, SpeechEnded(ns(4.5))), (9.0, AgentEnded(1))]
    assert drive(make(), *agent(3.0, 3.5), *told)[-1] == (9.0, Keep("mhm, mhm"))


def test_late_words_after_words_that_wait_do_not_interrupt() -> None:
    told = [*agent(3.0, 3.5), *said(5.0, 5.6, "Why?"), (7.0, Heard("what is it", "final"))]
    assert drive(make(min_words=2), *told, until=8.0) == [(5.0, Duck()), (5.8, Resume())]


def test_listening_sounds_among_words_are_words() -> None:
    told = [*said(4.0, 4.3, "mhm")[:3], (4.6, Heard("why", "final")), (4.8, SpeechEnded(ns(4.3))), (9.0, AgentEnded(1))]
    assert drive(make(), *agent(3.0, 3.5), *told)[-1] == (9.0, commit("mhm why", 4.3, 4.6))


def test_listening_sounds_leave_no_turn_open() -> None:
    machine = make()
    drive(machine, *agent(3.0, 3.5), *said(4.0, 4.3, "mhm"), until=6.0)
    assert machine.state[2] is Turn.CLOSED


def test_words_that_wait_are_a_turn_that_waits() -> None:
    machine = make()
    drive(machine, *agent(3.0, 3.5), *said(4.0, 4.3, "why"), until=6.0)
    assert machine.state[2] is Turn.WAITING


def test_listening_sounds_are_kept_after_the_interruption() -> None:
    told = [*agent(3.0, 3.5), *said(4.0, 4.3, "mhm"), *said(6.0, 7.0, "but why")]
    assert drive(make(), *told)[2:] == [
        (6.0, Duck()),
        (6.5, Interrupt(1, "speech")),
        (6.5, Keep("mhm")),
        (7.5, commit("but why", 7.0, 7.2)),
    ]


def test_a_listening_sound_at_the_very_end_of_the_reply_is_an_answer() -> None:
    told = [*agent(3.0, 3.5), *said(4.0, 4.3, "yes")[:2], (4.4, AgentEnded(1)), *said(4.0, 4.3, "yes")[2:]]
    assert drive(make(), *told) == [(4.0, Duck()), (4.4, Resume()), (4.8, commit("yes", 4.3, 4.5))]


def test_words_before_and_under_the_agents_voice_are_no_listening_sound() -> None:
    told: list[Told] = [
        (3.0, AgentStarted(1)),
        (3.1, SpeechStarted(ns(3.1))),
        (3.2, SpeechPaused(ns(3.2))),
        (3.4, AgentAudible(1)),
        (3.6, SpeechResumed(ns(3.6))),
        (3.8, SpeechPaused(ns(3.8))),
        (4.0, Heard("yes", "final")),
        (4.3, SpeechEnded(ns(3.8))),
        (9.0, AgentEnded(1)),
    ]
    assert drive(make(), *told)[-1] == (9.0, commit("yes", 3.8, 4.0))


def test_words_too_few_to_interrupt_wait_for_the_end_of_the_reply() -> None:
    told = [*agent(3.0, 3.5), *said(4.0, 4.4, "Why?"), *said(6.0, 6.3, "mhm"), (9.0, AgentEnded(1))]
    assert drive(make(), *told)[-2:] == [(9.0, Keep("mhm")), (9.0, commit("Why?", 6.3, 6.5))]


def test_waiting_words_are_committed_with_those_that_follow() -> None:
    told = [*agent(3.0, 3.5), *said(4.0, 4.4, "Why?"), *said(8.9, 9.9, "Tell me")]
    told.insert(7, (9.0, AgentEnded(1)))
    assert drive(make(), *told)[2:] == [(8.9, Duck()), (9.0, Resume()), (10.4, commit("Why? Tell me", 9.9, 10.1))]


def test_a_noise_while_words_wait_changes_nothing() -> None:
    told = [*agent(3.0, 3.5), *said(4.0, 4.4, "Why?"), *speech(5.0, 5.1), (9.0, AgentEnded(1))]
    assert drive(make(), *told)[2:] == [(5.0, Duck()), (5.3, Resume()), (9.0, commit("Why?", 5.1, 4.6))]


def test_late_words_after_a_noise_are_not_taken_for_its_words() -> None:
    told = [*agent(3.0, 3.5), *said(4.0, 4.4, "Why?"), *speech(5.0, 5.6), (8.0, Heard("what is it", "final"))]
    assert drive(make(min_words=2), *told, until=9.0)[2:] == [(5.0, Duck()), (5.8, Resume())]


def test_a_noise_as_the_agent_ends_does_not_strand_the_words_that_wait() -> None:
    told = [*agent(3.0, 3.5), *said(4.0, 4.4, "Why?"), *speech(8.9, 9.1)]
    told.insert(7, (9.0, AgentEnded(1)))
    assert drive(make(), *told)[-1] == (9.6, commit("Why?", 9.1, 4.6))


def test_words_wait_through_a_queue_of_utterances() -> None:
    told = [*agent(3.0, 3.5, interruptible=False), *said(4.0, 5.0, "Why?")]
    done = drive(make(), *told, (6.0, AgentEnded(1)), (6.0, AgentStarted(2)), (8.0, AgentEnded(2)))
    assert done == [(8.0, commit("Why?", 5.0, 5.2))]


def test_typed_words_are_committed_at_once() -> None:
    assert drive(
        make(), *said(0.5, 1.0, "Hello"), (5.0, AgentStarted(1)), (6.0, AgentEnded(1)), (7.0, UserText(" Hi "))
    ) == [
        (1.5, commit("Hello", 1.0, 1.2)),
        (7.0, commit("Hi", 7.0, 7.0)),
    ]


def test_typed_words_wait_for_the_agent_and_are_never_a_listening_sound() -> None:
    told = [*agent(3.0, 3.5), (4.0, UserText("ok")), (9.0, AgentEnded(1))]
    assert drive(make(), *told) == [(9.0, commit("ok", 4.0, 4.0))]


def test_typed_words_wait_for_open_speech() -> None:
    told = said(0.5, 2.5, "Hello")
    told.insert(1, (1.0, UserText("Hi")))
    assert drive(make(), *told) == [(3.0, commit("Hi Hello", 2.5, 2.7))]


def test_typed_blanks_are_absorbed() -> None:
    machine = make()
    assert drive(machine, (1.0, UserText("  "))) == []
    assert machine.absorbed == 1


def test_closing_keeps_every_word_in_hand() -> None:
    machine = make()
    told = [*agent(3.0, 3.5), *said(4.0, 4.3, "mhm"), *said(5.0, 5.4, "Why?"), *said(7.0, 7.4, "Well")[:3]]
    done = drive(machine, *told, (7.7, Heard("so", "interim")), (7.8, Closing()), until=7.8)
    assert done[-2:] == [(7.8, Keep("mhm")), (7.8, Keep("Why? Well so"))]
    assert machine.state[2] is Turn.CLOSED


def test_closing_with_nothing_in_hand_says_nothing() -> None:
    machine = make()
    assert drive(machine, (1.0, Closing())) == []
    assert machine.absorbed == 0
    assert machine.at_rest


# Interruption


def under_reply(machine: Turns, *told: Told, until: float = 60.0) -> Done:
    """What comes of the events while an interruptible utterance is to be heard from 3.5."""
    return drive(machine, *agent(3.0, 3.5), *told, until=until)


INTERRUPTED = Interrupt(1, "speech")


def test_speech_of_min_duration_interrupts() -> None:
    done = under_reply(make(), *speech(5.0, 6.0), until=6.5)
    assert done == [(5.0, Duck()), (5.5, INTERRUPTED)]


def test_duration_is_counted_from_the_sample_not_from_the_verdict() -> None:
    done = under_reply(make(), (5.3, SpeechStarted(ns(5.0))), until=6.0)
    assert done == [(5.3, Duck()), (5.5, INTERRUPTED)]


def test_speech_that_ends_just_short_of_min_duration_does_not_interrupt() -> None:
    done = under_reply(make(), *speech(5.0, 5.499999), until=6.0)
    assert done == [(5.0, Duck()), (5.699999, Resume())]


def test_a_short_pause_does_not_restart_the_count() -> None:
    told: list[Told] = [(5.0, SpeechStarted(ns(5.0))), (5.3, SpeechPaused(ns(5.3))), (5.49, SpeechResumed(ns(5.49)))]
    assert under_reply(make(), *told, until=6.0) == [(5.0, Duck()), (5.5, INTERRUPTED)]


def test_nothing_is_confirmed_within_a_pause() -> None:
    told: list[Told] = [(5.0, SpeechStarted(ns(5.0))), (5.4, SpeechPaused(ns(5.4))), (5.55, SpeechResumed(ns(5.55)))]
    assert under_reply(make(), *told, until=6.0) == [(5.0, Duck()), (5.55, INTERRUPTED)]


def test_a_pause_just_short_of_release_does_not_restart_the_count() -> None:
    told: list[Told] = [(5.0, SpeechStarted(ns(5.0))), (5.3, SpeechPaused(ns(5.3)))]
    done = under_reply(make(), *told, (5.499999, SpeechResumed(ns(5.499999))), until=6.0)
    assert done == [(5.0, Duck()), (5.5, INTERRUPTED)]


def test_a_pause_as_long_as_release_restarts_the_count() -> None:
    told: list[Told] = [(5.0, SpeechStarted(ns(5.0))), (5.4, SpeechPaused(ns(5.4))), (5.7, SpeechResumed(ns(5.7)))]
    done = under_reply(make(), *told, until=7.0)
    assert done == [(5.0, Duck()), (5.6, Resume()), (5.7, Duck()), (6.2, INTERRUPTED)]


def test_a_pause_told_late_restarts_the_count_all_the_same() -> None:
    told: list[Told] = [
        (5.0, SpeechStarted(ns(5.0))),
        (5.3, SpeechPaused(ns(5.1))),
        (5.3, SpeechResumed(ns(5.3))),
    ]
    assert under_reply(make(), *told, until=7.0) == [(5.0, Duck()), (5.8, INTERRUPTED)]


def test_a_new_start_in_a_pause_is_the_voice_going_on() -> None:
    machine = make()
    told: list[Told] = [(5.0, SpeechStarted(ns(5.0))), (5.3, SpeechPaused(ns(5.3))), (5.4, SpeechStarted(ns(5.4)))]
    assert under_reply(machine, *told, until=6.0) == [(5.0, Duck()), (5.5, INTERRUPTED)]
    assert machine.absorbed == 0


def test_a_new_start_in_a_pause_takes_the_hint_up_again() -> None:
    told: list[Told] = [(5.0, SpeechStarted(ns(5.0))), (5.1, SpeechPaused(ns(5.1))), (5.4, SpeechStarted(ns(5.4)))]
    done = under_reply(make(), *told, until=6.0)
    assert done == [(5.0, Duck()), (5.3, Resume()), (5.4, Duck()), (5.9, INTERRUPTED)]


def test_a_verdict_without_a_pause_before_it_lets_the_hint_go() -> None:
    told: list[Told] = [(5.0, SpeechStarted(ns(5.0))), (5.45, SpeechEnded(ns(5.2)))]
    assert under_reply(make(), *told, until=6.0) == [(5.0, Duck()), (5.45, Resume())]


def test_unsure_speech_does_not_interrupt() -> None:
    told: list[Told] = [(5.0, SpeechStarted(ns(5.0), 0.49)), (6.0, SpeechPaused(ns(6.0)))]
    assert under_reply(make(min_confidence=0.5), *told, until=7.0) == [(5.0, Duck()), (6.2, Resume())]
    sure: list[Told] = [(5.0, SpeechStarted(ns(5.0), 0.5)), (6.0, SpeechPaused(ns(6.0)))]
    assert under_reply(make(min_confidence=0.5), *sure, until=7.0) == [(5.0, Duck()), (5.5, INTERRUPTED)]


def heard(at: float, text: str, stage: Any = "interim", **rest: Any) -> Told:
    return at, Heard(text, stage, **rest)


TALKING: Told = (5.0, SpeechStarted(ns(5.0)))


@pytest.mark.parametrize(
    ("settings", "told", "done"),
    [
        # Hybrid with min_words wants both.
        ({"min_words": 2}, [heard(5.2, "tell me")], [(5.5, INTERRUPTED)]),
        ({"min_words": 2}, [heard(5.7, "tell me")], [(5.7, Interrupt(1, "words"))]),
        ({"min_words": 2}, [heard(5.5, "tell me")], [(5.5, Interrupt(1, "words"))]),
        ({"min_words": 2}, [heard(5.499999, "tell me")], [(5.5, INTERRUPTED)]),
        ({"min_words": 3}, [heard(5.7, "tell me")], []),
        ({"min_words": 3}, [heard(5.7, "tell me now")], [(5.7, Interrupt(1, "words"))]),
        # Listening sounds do not count, but as part of a longer segment they do.
        ({"min_words": 1}, [heard(5.7, "mhm")], []),
        ({"min_words": 2}, [heard(5.7, "mhm"), heard(5.8, "Mhm, uh-huh.", "final"), heard(5.9, "why")], []),
        ({"min_words": 2}, [heard(5.7, "ok why")], [(5.7, Interrupt(1, "words"))]),
        # With min_words 0 the duration counts from behind them: where they ended, or when they came.
        ({}, [heard(5.4, "yeah")], [(5.9, INTERRUPTED)]),
        ({}, [heard(5.4, "yeah", end=ns(5.3))], [(5.8, INTERRUPTED)]),
        ({}, [heard(5.4, "yeah", end=ns(4.9))], [(5.5, INTERRUPTED)]),
        ({}, [heard(5.4, "yeah"), heard(5.899999, "yeah, right")], [(6.399999, INTERRUPTED)]),
        ({}, [heard(5.4, "yeah"), (5.8, SpeechPaused(ns(5.8)))], [(6.0, Resume())]),
        ({}, [heard(5.4, "yeah"), heard(5.8, "yeah but why")], [(5.8, Interrupt(1, "words"))]),
        ({}, [heard(5.4, "why")], [(5.5, INTERRUPTED)]),
        ({"backchannels": {}}, [heard(5.4, "yeah")], [(5.5, INTERRUPTED)]),
        # A language has its own.
        ({}, [heard(5.4, "genau", language="de-DE")], [(5.9, INTERRUPTED)]),
        ({}, [heard(5.4, "genau", language="fr")], [(5.5, INTERRUPTED)]),
        # What the recogniser is unsure of does not count.
        ({"min_words": 1, "min_confidence": 0.5}, [heard(5.7, "why", confidence=0.4)], []),
        ({"min_words": 1, "min_confidence": 0.5}, [heard(5.7, "why", confidence=0.5)], [(5.7, Interrupt(1, "words"))]),
        # By words alone, by voice alone, not at all.
        ({"mode": "stt"}, [heard(5.1, "why")], [(5.1, Interrupt(1, "words"))]),
        ({"mode": "stt"}, [heard(5.1, "mhm")], []),
        ({"mode": "stt", "min_words": 2}, [heard(5.1, "why")], []),
        ({"mode": "stt", "min_words": 2}, [heard(5.1, "but why")], [(5.1, Interrupt(1, "words"))]),
        ({"mode": "vad", "min_words": 3}, [heard(5.1, "one two three")], [(5.5, INTERRUPTED)]),
        ({"mode": "vad"}, [heard(5.1, "mhm")], [(5.5, INTERRUPTED)]),
        # Some phrases interrupt at once.
        ({"min_words": 9, "always": {"en": ["stop"]}}, [heard(5.1, "Stop it")], [(5.1, Interrupt(1, "words"))]),
        ({"min_words": 9, "always": {"en": ["stop"]}}, [heard(5.1, "ok, stop!")], [(5.1, Interrupt(1, "words"))]),
        ({"min_words": 9, "always": {"en": ["stop"]}}, [heard(5.1, "don't stop")], []),
        (
            {"min_words": 9, "always": {"en": ["stop"]}},
            [heard(5.1, "well", "final"), heard(5.2, "stop")],
            [(5.2, Interrupt(1, "words"))],
        ),
        ({"min_words": 9, "always": {"en": ["hold on"]}}, [heard(5.1, "hold")], []),
        ({"min_words": 9, "always": {"de": ["stop"]}}, [heard(5.1, "stop")], []),
        ({"mode": "stt", "min_words": 9, "always": {"en": ["no"]}}, [heard(5.1, "no")], [(5.1, Interrupt(1, "words"))]),
        ({"mode": "vad", "always": {"en": ["no"]}}, [heard(5.1, "no")], [(5.5, INTERRUPTED)]),
        (
            {"min_words": 9, "always": {"en": ["no"]}, "min_confidence": 0.5},
            [heard(5.1, "no", confidence=0.4)],
            [],
        ),
    ],
)  # fmt: skip
def test_what_confirms_an_interruption(settings: dict[str, Any], told: list[Told], done: Done) -> None:
    assert under_reply(make(**settings), TALKING, *told, until=6.5) == [(5.0, Duck()), *done]


def test_a_listening_sound_is_no_excuse_for_the_voice_after_it() -> None:
    """It is recognised when that has begun: what is said behind a rest counts in full, and from its own beginning."""
    told = [*speech(5.0, 5.28)[:2], (5.5, SpeechResumed(ns(5.5))), heard(5.7, "yeah", "final", end=ns(5.28))]
    assert under_reply(make(), *told, until=6.5) == [(5.0, Duck()), (5.48, Resume()), (5.5, Duck()), (6.0, INTERRUPTED)]


def test_a_listening_sound_before_a_short_pause_is_not_counted() -> None:
    """The pause did not rest the voice, which counts from where the sound ended."""
    told = [*speech(5.0, 5.3)[:2], (5.4, SpeechResumed(ns(5.4))), heard(5.45, "mhm", "final", end=ns(5.3))]
    assert under_reply(make(), *told, until=6.5) == [(5.0, Duck()), (5.8, INTERRUPTED)]


def test_a_voice_without_words_yet_counts_from_its_own_beginning() -> None:
    """The listening sound before it was put aside; that it was recognised after this voice began changes nothing."""
    turn = make(endpointing=Endpointing(mode="fixed", min_wait=0.0))
    told = [*speech(5.0, 5.2), heard(5.7, "mhm", "final"), (5.75, SpeechStarted(ns(5.65)))]
    cut = [(6.15, INTERRUPTED), (6.15, Keep("mhm"))]
    assert under_reply(turn, *told, until=6.5) == [(5.0, Duck()), (5.4, Resume()), (5.75, Duck()), *cut]


def test_words_after_the_voice_confirm_what_lasted_long_enough() -> None:
    done = under_reply(make(min_words=2), *said(5.0, 5.5, "tell me", after=0.3), until=5.9)
    assert done == [(5.0, Duck()), (5.7, Resume()), (5.8, Interrupt(1, "words"))]


def test_one_long_stretch_of_voice_is_enough_for_later_words() -> None:
    told = [*speech(5.0, 5.6)[:2], (6.0, SpeechResumed(ns(6.0))), (6.1, SpeechPaused(ns(6.1)))]
    done = under_reply(make(min_words=2), *told, (6.2, Heard("tell me", "final")), until=6.25)
    assert done[-1] == (6.2, Interrupt(1, "words"))


def test_words_after_a_voice_just_too_short_confirm_nothing() -> None:
    done = under_reply(make(min_words=2), *said(5.0, 5.499999, "tell me", after=0.3), until=5.9)
    assert [command for _, command in done] == [Duck(), Resume()]


def test_words_after_a_voice_that_was_too_short_confirm_nothing() -> None:
    done = under_reply(make(min_words=2), *said(5.0, 5.4, "tell me", after=0.3), until=5.9)
    assert done == [(5.0, Duck()), (5.6, Resume())]


def test_words_that_wait_do_not_count_against_the_agent_again() -> None:
    told = [*said(5.0, 5.4, "tell me"), *said(7.0, 7.8, "why")]
    assert under_reply(make(min_words=2), *told, until=8.5)[2:] == [(7.0, Duck()), (8.0, Resume())]


def test_a_late_final_of_the_committed_turn_does_not_interrupt() -> None:
    told = [*said(0.5, 2.5, "Hello"), *agent(3.0, 3.5), heard(3.6, "what is the time", "final")]
    assert drive(make(mode="stt"), *told, until=5.0) == [(3.0, commit("Hello", 2.5, 2.7))]


def test_off_neither_lowers_nor_interrupts() -> None:
    done = under_reply(make(mode="off"), *said(5.0, 6.0, "stop it now"), (13.5, AgentEnded(1)))
    assert done == [(13.5, commit("stop it now", 6.0, 6.2))]


def test_a_protected_utterance_is_neither_lowered_nor_interrupted() -> None:
    told = [*agent(3.0, 3.5, interruptible=False), *said(5.0, 6.0, "stop it now"), (13.5, AgentEnded(1))]
    assert drive(make(), *told) == [(13.5, commit("stop it now", 6.0, 6.2))]


def test_speech_before_the_agent_begins_holds_its_first_sample_back() -> None:
    told: list[Told] = [
        (5.0, SpeechStarted(ns(5.0))),
        (6.0, AgentStarted(1, True, False)),
        (6.4, SpeechPaused(ns(6.4))),
    ]
    assert drive(make(), *told, until=6.7) == [(6.0, Hold()), (6.6, Resume())]


def test_speech_before_the_agent_begins_counts_from_the_beginning() -> None:
    told: list[Told] = [(5.0, SpeechStarted(ns(5.0))), (6.0, AgentStarted(1, True, False))]
    assert drive(make(), *told, until=7.0) == [(6.0, Hold()), (6.5, INTERRUPTED)]


def test_long_speech_before_the_agent_begins_is_not_held_against_it() -> None:
    told: list[Told] = [
        (5.0, SpeechStarted(ns(5.0))),
        (6.0, SpeechPaused(ns(6.0))),
        (6.1, AgentStarted(1, True, False)),
        (6.2, Heard("so tell me", "final")),
    ]
    assert drive(make(min_words=1), *told, until=6.4) == []


def test_speech_between_the_commit_and_its_answer_counts_in_full() -> None:
    told = [*said(0.5, 2.5, "Hello"), (3.0, Tick()), (3.1, SpeechStarted(ns(3.1))), (3.3, AgentStarted(1))]
    assert drive(make(), *told, until=4.0)[1:] == [(3.3, Hold()), (3.6, INTERRUPTED)]


def test_a_voice_that_returns_after_the_agent_began_counts_from_its_return() -> None:
    told: list[Told] = [*speech(5.0, 5.3)[:2], (5.35, AgentStarted(1)), (5.4, SpeechResumed(ns(5.4)))]
    assert drive(make(), *told, until=6.0) == [(5.4, Hold()), (5.9, INTERRUPTED)]


def test_silence_before_the_agent_begins_is_no_hint() -> None:
    told: list[Told] = [*speech(5.0, 5.1)[:2], (5.15, AgentStarted(1))]
    assert drive(make(), *told, until=6.0) == []


def test_a_hint_outlives_an_utterance_that_is_replaced() -> None:
    machine = make()
    told: list[Told] = [TALKING, (5.2, AgentStarted(2))]
    assert under_reply(machine, *told, until=6.0) == [(5.0, Duck()), (5.2, Hold()), (5.7, Interrupt(2, "speech"))]


def test_a_hint_ends_when_what_follows_is_protected() -> None:
    assert under_reply(make(), TALKING, (5.2, AgentStarted(2, False)), until=6.0) == [(5.0, Duck()), (5.2, Resume())]


def test_a_doubt_begins_anew_with_the_next_utterance() -> None:
    machine = make(on_hint="hold")
    assert under_reply(machine, TALKING, (5.6, AgentStarted(2)), until=5.7) == [(5.0, Hold()), (5.6, Hold())]
    assert machine.state[3] is Hint.OPEN
    assert drive(machine, (5.8, SpeechPaused(ns(5.8))), until=6.1) == [(6.0, Resume())]


def test_a_doubt_ends_when_what_follows_is_protected() -> None:
    machine = make(on_hint="hold")
    assert under_reply(machine, TALKING, (5.6, AgentStarted(2, False)), until=9.0) == [(5.0, Hold()), (5.6, Resume())]
    assert machine.state[3] is Hint.NONE


def test_a_hint_ends_with_the_utterance() -> None:
    machine = make()
    assert under_reply(machine, TALKING, (5.2, AgentEnded(1)), until=6.0) == [(5.0, Duck()), (5.2, Resume())]
    assert machine.state[3] is Hint.NONE


def test_a_hint_may_leave_the_playback_alone() -> None:
    assert under_reply(make(on_hint="nothing"), *speech(5.0, 6.0), until=6.0) == [(5.5, INTERRUPTED)]
    assert under_reply(make(on_hint="nothing"), *speech(5.0, 5.1), until=6.0) == []


def test_the_first_sample_is_held_back_whatever_a_hint_does_to_the_playback() -> None:
    told: list[Told] = [(3.0, AgentStarted(1)), *speech(3.1, 3.2)]
    assert drive(make(on_hint="nothing"), *told, until=4.0) == [(3.1, Hold()), (3.4, Resume())]


def test_what_was_not_lowered_is_not_raised() -> None:
    told: list[Told] = [(3.0, AgentStarted(1)), *speech(3.1, 3.2), (3.8, AgentAudible(1)), *speech(5.0, 5.1)]
    assert drive(make(on_hint="nothing"), *told, until=5.6) == [(3.1, Hold()), (3.4, Resume())]
    cut: list[Told] = [(3.0, AgentStarted(1)), *speech(3.1, 4.0), *agent(5.0, 5.5, utterance=2), *speech(5.7, 5.8)]
    assert drive(make(on_hint="nothing"), *cut, until=6.2) == [(3.1, Hold()), (3.6, INTERRUPTED)]


# Hold, and false alarms


def test_a_held_reply_goes_on_when_no_words_came() -> None:
    done = under_reply(make(on_hint="hold", stall=9.0), *speech(5.0, 6.0), until=9.0)
    assert done == [(5.0, Hold()), (8.0, Resume())]


def test_a_held_reply_is_let_go_at_once_after_a_short_noise() -> None:
    done = under_reply(make(on_hint="hold"), *speech(5.0, 5.2), until=6.0)
    assert done == [(5.0, Hold()), (5.4, Resume())]


def test_words_decide_about_a_held_reply() -> None:
    done = under_reply(make(on_hint="hold"), *said(5.0, 6.0, "why"), until=6.4)
    assert done == [(5.0, Hold()), (6.2, Interrupt(1, "words"))]


def test_listening_sounds_are_no_words_to_a_held_reply() -> None:
    done = under_reply(make(on_hint="hold"), *said(5.0, 6.0, "mhm"), until=9.0)
    assert done == [(5.0, Hold()), (8.0, Resume())]


def test_a_doubted_hint_needs_one_word_whatever_the_mode() -> None:
    done = under_reply(make(on_hint="hold", mode="vad", min_words=3), *said(5.0, 6.0, "why"), until=6.4)
    assert done == [(5.0, Hold()), (6.2, Interrupt(1, "words"))]


def test_words_that_came_before_are_words() -> None:
    done = under_reply(make(on_hint="hold"), TALKING, heard(5.2, "why"), until=6.0)
    assert done == [(5.0, Hold()), (5.5, INTERRUPTED)]


def test_without_resume_a_held_reply_is_cut_by_speech_alone() -> None:
    done = under_reply(make(on_hint="hold", resume=False), *speech(5.0, 6.0), until=6.0)
    assert done == [(5.0, Hold()), (5.5, INTERRUPTED)]


def test_the_false_alarm_counts_from_the_last_sample_of_speech() -> None:
    told: list[Told] = [*speech(5.0, 6.0)[:2], (6.3, SpeechResumed(ns(6.3))), (6.4, SpeechPaused(ns(6.4)))]
    done = under_reply(make(on_hint="hold"), *told, until=8.4)
    assert done == [(5.0, Hold()), (8.4, Resume()), (8.4, Stalled(ns(6.4), 1))]


# A classifier, the program, mute


def test_a_classifier_interrupts_at_once() -> None:
    done = under_reply(make(), TALKING, (5.2, Classified(True)), until=5.5)
    assert done == [(5.0, Duck()), (5.2, Interrupt(1, "classifier"))]


def test_a_classifier_lets_go_until_the_voice_rests() -> None:
    told: list[Told] = [TALKING, (5.2, Classified(False)), *speech(5.0, 6.0)[1:2], (6.1, SpeechResumed(ns(6.1)))]
    told += [(6.2, SpeechPaused(ns(6.2))), (6.6, SpeechResumed(ns(6.6)))]
    done = under_reply(make(), *told, until=7.2)
    assert done == [(5.0, Duck()), (5.2, Resume()), (6.6, Duck()), (7.1, INTERRUPTED)]


def test_a_dismissed_hint_ends_with_the_utterance() -> None:
    machine = make()
    told: list[Told] = [TALKING, (5.2, Classified(False)), (5.3, AgentEnded(1))]
    under_reply(machine, *told, until=5.4)
    assert machine.state[3] is Hint.NONE


def test_a_classifier_may_settle_a_doubt() -> None:
    told: list[Told] = [*speech(5.0, 6.0)[:2], (6.1, Classified(False))]
    assert under_reply(make(on_hint="hold"), *told, until=6.1) == [(5.0, Hold()), (6.1, Resume())]


def test_a_dismissal_that_comes_late_interrupts_nothing() -> None:
    machine = make()
    done = under_reply(machine, *speech(5.0, 5.1), (5.7, Classified(False)), until=6.0)
    assert (done, machine.absorbed) == ([(5.0, Duck()), (5.3, Resume())], 1)


def test_a_confirmation_that_comes_late_interrupts_all_the_same() -> None:
    done = under_reply(make(), *speech(5.0, 5.1), (5.7, Classified(True)), until=6.0)
    assert done == [(5.0, Duck()), (5.3, Resume()), (5.7, Interrupt(1, "classifier"))]


def test_a_verdict_on_no_speech_is_absorbed() -> None:
    machine = make()
    assert under_reply(machine, (5.0, Classified(True)), (5.0, Classified(False)), until=6.0) == []
    assert machine.absorbed == 2


def test_a_classifier_does_not_touch_what_is_protected() -> None:
    told = [*agent(3.0, 3.5, interruptible=False), TALKING, (5.2, Classified(True))]
    assert drive(make(), *told, until=5.5) == []


@pytest.mark.parametrize(("interruptible", "force", "cut"), [(True, False, 1), (False, False, 0), (False, True, 1)])
def test_the_program_interrupts_what_it_may(interruptible: bool, force: bool, cut: int) -> None:
    machine = make(mode="off")
    done = drive(machine, *agent(3.0, 3.5, interruptible=interruptible), (4.0, InterruptAsked(force)))
    assert done == [(4.0, Interrupt(1, "program"))] * cut
    assert machine.absorbed == 1 - cut


def test_two_interruptions_in_a_row_are_one() -> None:
    machine = make()
    done = under_reply(machine, TALKING, (5.6, InterruptAsked(True)), (5.7, InterruptAsked(True)), until=6.0)
    assert done == [(5.0, Duck()), (5.5, INTERRUPTED)]
    assert machine.absorbed == 2


def test_there_is_nothing_to_interrupt_before_the_answer_begins() -> None:
    machine = make()
    drive(machine, *said(0.5, 2.5, "Hello"), (3.1, InterruptAsked(True)), until=3.2)
    assert machine.absorbed == 1


def test_who_is_muted_is_not_heard() -> None:
    machine = make()
    told: list[Told] = [(4.0, Mute(True)), *said(5.0, 6.0, "stop it"), (7.0, Mute(False)), (9.0, AgentEnded(1))]
    assert under_reply(machine, *told) == []
    assert machine.absorbed == 0


@pytest.mark.parametrize(
    ("at", "end", "heard"),
    [
        (4.5, 3.9, True),
        (4.5, 4.0, False),
        (4.5, None, False),
        (7.5, 6.0, False),
        (7.5, 7.0, False),
        (7.5, 7.001, True),
        (7.5, None, True),
    ],
)
def test_words_count_by_when_they_were_said(at: float, end: float | None, heard: bool) -> None:
    """Muted from 4 to 7: a final says where its last word ended, or else when it came decides."""
    machine = make(vad=False)
    told: list[Told] = [(4.0, Mute(True)), (7.0, Mute(False))]
    told.append((at, Heard("well then", "final", end=None if end is None else ns(end))))
    done = drive(machine, *sorted(told, key=lambda each: each[0]), until=12.0)
    assert [type(command) for _, command in done] == ([Commit] if heard else [])


def test_who_is_muted_twice_is_muted_once() -> None:
    """From the first time to the last."""
    machine = make(vad=False)
    told: list[Told] = [(4.0, Mute(True)), (5.0, Mute(True)), (6.0, Mute(False)), (7.0, Mute(False))]
    told += [(7.1, Heard("too early", "final", end=ns(4.5))), (7.2, Heard("too late", "final", end=ns(6.5)))]
    assert [command.text for _, command in drive(machine, *told, until=12.0) if isinstance(command, Commit)] == [
        "too late"
    ]


def test_muting_lets_a_hint_go_and_the_voice_counts_again_after_it() -> None:
    told: list[Told] = [TALKING, (5.1, Mute(True)), (6.0, SpeechPaused(ns(6.0))), (6.2, Mute(False))]
    told += [(6.3, SpeechResumed(ns(6.3)))]
    done = under_reply(make(), *told, until=7.0)
    assert done == [(5.0, Duck()), (5.1, Resume()), (6.3, Duck()), (6.8, INTERRUPTED)]


def test_unmuting_leaves_a_hint_open() -> None:
    for on_hint, at in (("duck", 5.1), ("hold", 5.6)):
        machine = make(on_hint=on_hint)
        assert len(under_reply(machine, TALKING, (at, Mute(False)), until=at)) == 1
        assert machine.state[3] in (Hint.OPEN, Hint.DOUBTED)


@pytest.mark.parametrize("end", [Mute(True), AgentEnded(1)])
def test_a_doubt_ends_with_the_listening_and_with_the_utterance(end: Event) -> None:
    machine = make(on_hint="hold")
    assert under_reply(machine, TALKING, (5.6, end), until=7.0) == [(5.0, Hold()), (5.6, Resume())]
    assert machine.state[3] is Hint.NONE


def test_after_a_false_alarm_the_voice_is_a_new_sign() -> None:
    """Also where a hint would be kept for longer than a doubt."""
    machine = make(on_hint="hold", false_after=1.0, release=3.0)
    told: list[Told] = [TALKING, (5.6, SpeechPaused(ns(5.6))), (7.0, SpeechResumed(ns(7.0)))]
    assert under_reply(machine, *told, until=7.1) == [(5.0, Hold()), (6.6, Resume()), (7.0, Hold())]


def test_a_doubt_that_is_dismissed_stays_so_until_the_voice_rests() -> None:
    machine = make(on_hint="hold")
    told: list[Told] = [TALKING, (5.6, Classified(False)), (6.0, SpeechPaused(ns(6.0)))]
    assert under_reply(machine, *told, until=6.1) == [(5.0, Hold()), (5.6, Resume())]
    assert machine.state[3] is Hint.DISMISSED
    assert drive(machine, (6.2, Classified(True)), until=6.2) == [(6.2, Interrupt(1, "classifier"))]


@pytest.mark.parametrize(("words", "at"), [("as I said", 6.1), ("as I said", 6.4), ("please, stop", 6.4)])
def test_words_of_what_was_dismissed_do_not_interrupt(words: str, at: float) -> None:
    """Whenever they come, while the voice rests or after it, however long it lasted."""
    told: list[Told] = [TALKING, (5.3, Classified(False)), (6.0, SpeechPaused(ns(6.0)))]
    told += [(at, Heard(words, "final")), (6.5, SpeechEnded(ns(6.0)))]
    assert under_reply(make(), *told, until=7.0) == [(5.0, Duck()), (5.3, Resume())]


def test_after_a_dismissal_new_speech_and_some_phrases_interrupt() -> None:
    told: list[Told] = [TALKING, (5.3, Classified(False)), (6.0, SpeechPaused(ns(6.0)))]
    stop = (6.4, Heard("stop", "final"))
    done = under_reply(make(always={"en": ("stop",)}), *told, stop, until=7.0)
    assert done == [(5.0, Duck()), (5.3, Resume()), (6.4, Interrupt(1, "words"))]
    more: list[Told] = [(6.4, SpeechResumed(ns(6.4))), (6.95, Heard("as I said", "interim"))]
    done = under_reply(make(min_words=2), *told, *more, until=7.0)
    assert done == [(5.0, Duck()), (5.3, Resume()), (6.4, Duck()), (6.95, Interrupt(1, "words"))]


def test_a_doubt_may_be_confirmed_by_the_classifier() -> None:
    done = under_reply(make(on_hint="hold"), TALKING, (5.6, Classified(True)), until=6.0)
    assert done == [(5.0, Hold()), (5.6, Interrupt(1, "classifier"))]


def test_speech_that_was_muted_does_not_stall() -> None:
    assert drive(make(), *speech(0.5, 2.5), (3.0, Mute(True))) == []


# Without a VAD


def test_without_a_vad_the_turn_ends_min_wait_after_the_last_word() -> None:
    done = drive(make(vad=False), (2.7, Heard("Hello", "final", end=ns(2.5))))
    assert done == [(3.0, commit("Hello", 2.5, 2.7))]


def test_without_a_vad_and_word_times_the_turn_ends_min_wait_after_the_final() -> None:
    told: list[Told] = [(1.0, Heard("Hel", "interim")), (2.7, Heard("Hello", "final"))]
    assert drive(make(vad=False), *told) == [(3.2, commit("Hello", 2.7, 2.7))]


def test_word_times_that_go_backwards_do_not_move_the_anchor_back() -> None:
    told: list[Told] = [(2.7, Heard("Hello", "final", end=ns(2.5))), (2.8, Heard("you", "final", end=ns(2.0)))]
    assert drive(make(vad=False), *told) == [(3.0, commit("Hello you", 2.5, 2.8))]


def test_without_a_vad_words_interrupt() -> None:
    told: list[Told] = [
        (5.0, Heard("but", "interim")),
        (5.1, Heard("but why", "interim")),
        (5.3, Heard("but why", "final")),
    ]
    done = under_reply(make(vad=False, min_words=2), *told)
    assert done == [(5.0, Duck()), (5.1, Interrupt(1, "words")), (5.8, commit("but why", 5.3, 5.3))]


@pytest.mark.parametrize("mode", ["vad", "stt", "hybrid"])
def test_without_a_vad_every_mode_goes_by_words(mode: str) -> None:
    assert under_reply(make(vad=False, mode=mode), (5.0, Heard("why", "interim")), until=5.0) == [
        (5.0, Interrupt(1, "words"))
    ]


def test_without_a_vad_a_hint_is_let_go_after_the_last_words() -> None:
    told: list[Told] = [(5.0, Heard("mhm", "interim")), (5.1, Heard("mhm", "final")), (9.0, AgentEnded(1))]
    assert under_reply(make(vad=False), *told) == [(5.0, Duck()), (5.3, Resume()), (9.0, Keep("mhm"))]


def test_without_a_vad_the_model_may_have_heard_less_than_has_arrived() -> None:
    machine = make(vad=False, detectors=1, endpointing=ADAPTIVE)
    told: list[Told] = [(2.7, Heard("Hello", "final")), (2.75, Predicted(0.0, ns(2.6)))]
    assert drive(machine, *told) == [(3.5, commit("Hello", 2.7, 2.7, probability=0.0))]


def test_without_a_vad_its_events_are_absorbed() -> None:
    machine = make(vad=False)
    assert drive(machine, *speech(0.5, 2.5)) == []
    assert machine.absorbed == 3


def test_without_a_vad_repeated_words_are_new_ones() -> None:
    told: list[Told] = [(1.0, Heard("yes", "interim")), (10.0, AgentStarted(1)), (10.1, AgentEnded(1))]
    done = drive(make(vad=False), *told, (11.0, Heard("yes", "interim")), (11.2, Heard("yes", "final")))
    assert done == [(3.0, commit("yes", 1.0, 1.0)), (11.7, commit("yes", 11.2, 11.2))]


def test_a_vad_may_be_connected_and_taken_away_in_a_call() -> None:
    machine = make(vad=False)
    machine.vad, machine.detectors = True, 2
    assert (machine.vad, machine.detectors) == (True, 2)
    assert drive(machine, *said(0.5, 2.5, "Hello")) == [(3.0, commit("Hello", 2.5, 2.7))]


# Guesses

LLM = Speculation(mode="llm")


def test_a_final_that_is_not_committed_yet_is_guessed_on() -> None:
    done = drive(make(speculation=LLM), *said(0.5, 2.5, "Hello"))
    assert done == [(2.7, Speculate(1, "Hello")), (3.0, commit("Hello", 2.5, 2.7, speculation=1))]


def test_a_preflight_is_guessed_on_and_compared_without_case_and_punctuation() -> None:
    told = said(0.5, 2.5, "Hello,  there!")
    told.insert(1, heard(2.0, "hello there", "preflight"))
    done = drive(make(speculation=LLM), *told)
    assert done == [(2.0, Speculate(1, "hello there")), (3.0, commit("Hello,  there!", 2.5, 2.7, speculation=1))]


def test_an_interim_is_guessed_on_when_it_comes_twice() -> None:
    told = said(0.5, 2.5, "hello there")
    told[1:1] = [heard(1.0, "hello"), heard(1.5, "hello there"), heard(1.8, "Hello there.")]
    done = drive(make(speculation=LLM), *told)
    assert done == [(1.8, Speculate(1, "Hello there.")), (3.0, commit("hello there", 2.5, 2.7, speculation=1))]


def test_a_wrong_guess_is_abandoned_for_the_next() -> None:
    told = [*said(0.5, 2.5, "Hello")[:3], (2.8, Heard("there", "final")), (3.0, SpeechEnded(ns(2.5)))]
    assert drive(make(speculation=LLM), *told) == [
        (2.7, Speculate(1, "Hello")),
        (2.8, Abandon(1)),
        (2.8, Speculate(2, "Hello there")),
        (3.0, commit("Hello there", 2.5, 2.8, speculation=2)),
    ]


def test_a_turn_has_so_many_tries_and_the_next_has_them_again() -> None:
    told = said(0.5, 2.5, "one two three")
    told[1:1] = [heard(1.0, "one", "preflight"), heard(1.5, "one two", "preflight")]
    answered: list[Told] = [(3.0, AgentStarted(1)), (3.1, AgentEnded(1))]
    done = drive(make(speculation=Speculation(mode="llm+tts", tries=2)), *told, *answered, *said(5.0, 6.0, "four"))
    assert done == [
        (1.0, Speculate(1, "one")),
        (1.5, Abandon(1)),
        (1.5, Speculate(2, "one two")),
        (2.7, Abandon(2)),
        (3.0, commit("one two three", 2.5, 2.7)),
        (6.2, Speculate(3, "four")),
        (6.5, commit("four", 6.0, 6.2, speculation=3)),
    ]


def test_a_guess_that_comes_to_nothing_is_abandoned_with_the_turn() -> None:
    told = [*speech(0.5, 2.5)[:2], heard(2.6, "hello", "preflight"), heard(2.7, "", "final")]
    done = drive(make(speculation=LLM), *told, (3.0, SpeechEnded(ns(2.5))))
    assert [command for _, command in done] == [Speculate(1, "hello"), Stalled(ns(2.5)), Abandon(1)]


def test_a_guess_is_not_confirmed_by_more_words_than_it_had() -> None:
    told = [*said(0.5, 2.5, "Hello")[:3], (2.9, UserText("you")), (3.0, SpeechEnded(ns(2.5)))]
    assert drive(make(speculation=LLM), *told) == [
        (2.7, Speculate(1, "Hello")),
        (3.0, Abandon(1)),
        (3.0, commit("Hello you", 2.9, 2.9)),
    ]


def test_an_interim_of_the_turn_before_is_not_the_first_of_two() -> None:
    told = said(0.5, 2.5, "hello")
    told.insert(1, heard(2.0, "no"))
    answered: list[Told] = [(3.0, AgentStarted(1)), (3.1, AgentEnded(1))]
    following: list[Told] = [(5.0, SpeechStarted(ns(5.0))), heard(5.5, "hello")]
    done = drive(make(speculation=LLM), *told, *answered, *following, until=5.6)
    assert [command for _, command in done][:1] == [Speculate(1, "hello")]
    assert len(done) == 2


def test_closing_abandons_what_was_guessed() -> None:
    done = drive(make(speculation=LLM), *said(0.5, 2.5, "Hello")[:3], (2.8, Closing()))
    assert done == [(2.7, Speculate(1, "Hello")), (2.8, Keep("Hello")), (2.8, Abandon(1))]


def test_nothing_is_guessed_while_the_agent_is_at_work() -> None:
    done = under_reply(make(speculation=LLM, mode="off"), *said(5.0, 6.0, "why"), (9.0, AgentEnded(1)))
    assert done == [(9.0, commit("why", 6.0, 6.2))]


# Idle, watchdog, states


def test_a_silent_user_is_reported_once() -> None:
    machine = make(idle=5.0)
    assert under_reply(machine, (6.0, AgentEnded(1)), until=60.0) == [(11.0, Idle(1))]
    assert (machine.user, machine.agent) == ("idle", "idle")


def test_what_the_agent_says_about_it_does_not_report_it_again() -> None:
    told: list[Told] = [(6.0, AgentEnded(1)), (11.0, AgentStarted(2, True, False)), (13.0, AgentEnded(2))]
    assert under_reply(make(idle=5.0), *told) == [(11.0, Idle(1))]


def test_a_sign_of_the_user_begins_the_count_anew() -> None:
    machine = make(idle=5.0)
    done = under_reply(machine, (6.0, AgentEnded(1)), *speech(12.0, 13.0), until=60.0)
    assert done == [(11.0, Idle(1)), (15.0, Stalled(ns(13.0))), (18.0, Idle(1))]


@pytest.mark.parametrize("sign", [SpeechStarted(ns(12.0)), Heard("Hello", "final"), UserText("Hello")])
def test_who_gives_a_sign_is_not_idle(sign: Event) -> None:
    machine = make(idle=5.0)
    under_reply(machine, (6.0, AgentEnded(1)), until=12.0)
    assert machine.user == "idle"
    machine.step(sign, ns(12.0))
    assert (machine.user == "idle", machine.agent) == (False, "listening")


def test_a_reply_begins_the_count_anew() -> None:
    told: list[Told] = [(6.0, AgentEnded(1)), (11.0, AgentStarted(2)), (13.0, AgentEnded(2))]
    assert under_reply(make(idle=5.0), *told) == [(11.0, Idle(1)), (18.0, Idle(1))]


def test_a_silent_user_may_be_reported_again_and_again() -> None:
    machine = make(idle=5.0, idle_repeats=True)
    told: list[Told] = [(6.0, AgentEnded(1)), (11.0, AgentStarted(2, True, False)), (13.0, AgentEnded(2))]
    assert under_reply(machine, *told, until=24.0) == [(11.0, Idle(1)), (18.0, Idle(2)), (23.0, Idle(3))]


def test_silence_counts_from_the_last_sign_of_the_user() -> None:
    machine = make(idle=5.0)
    done = under_reply(machine, (6.0, AgentEnded(1)), *speech(8.0, 9.0), until=60.0)
    assert done == [(11.0, Stalled(ns(9.0))), (14.0, Idle(1))]


def test_a_user_who_answers_is_not_idle() -> None:
    machine = make(idle=5.0)
    told = [(6.0, AgentEnded(1)), *said(12.0, 13.0, "Hello"), (13.5, AgentStarted(2)), (15.0, AgentEnded(2))]
    assert under_reply(machine, *told, until=60.0) == [
        (11.0, Idle(1)),
        (13.5, commit("Hello", 13.0, 13.2)),
        (20.0, Idle(1)),
    ]


@pytest.mark.parametrize("audible", [True, False])
def test_silence_counts_from_an_interruption(audible: bool) -> None:
    told = [*agent(3.0, 3.5)[: 1 + audible], (4.0, InterruptAsked())]
    assert drive(make(idle=5.0), *told) == [(4.0, Interrupt(1, "program")), (9.0, Idle(1))]


def test_silence_counts_from_an_answer_that_was_given_up() -> None:
    assert drive(make(idle=5.0), *said(0.5, 2.5, "Hello"))[1:] == [(10.0, Idle(1))]
    given_up = drive(make(idle=5.0, watchdog=10.0), (3.0, AgentStarted(1)))
    assert given_up == [(13.0, Interrupt(1, "watchdog")), (18.0, Idle(1))]


def test_nobody_is_idle_while_anything_goes_on() -> None:
    ended: Told = (6.0, AgentEnded(1))
    assert under_reply(make(idle=5.0), ended, (10.5, SpeechStarted(ns(10.5))), until=20.0) == []
    assert under_reply(make(idle=5.0), ended, (8.0, AgentStarted(2)), (9.0, AgentAudible(2)), until=20.0) == []
    assert under_reply(make(idle=5.0, stall=20.0), ended, (10.5, Heard("hm", "interim")), until=20.0) == []


def test_a_reply_that_a_hint_holds_back_is_not_given_up() -> None:
    told: list[Told] = [(3.0, AgentStarted(1)), (3.9, SpeechStarted(ns(3.9)))]
    assert drive(make(watchdog=1.0), *told, until=4.8) == [(3.9, Hold()), (4.4, INTERRUPTED)]


def test_before_the_agent_has_spoken_nobody_is_idle() -> None:
    assert drive(make(idle=5.0), *speech(0.5, 1.0), until=60.0) == [(3.0, Stalled(ns(1.0)))]


def test_a_reply_that_never_comes_is_given_up() -> None:
    assert drive(make(watchdog=10.0), (3.0, AgentStarted(1))) == [(13.0, Interrupt(1, "watchdog"))]
    assert drive(make(watchdog=None), (3.0, AgentStarted(1))) == []


def test_a_long_reply_is_not_given_up() -> None:
    assert under_reply(make(watchdog=10.0), until=300.0) == []


def test_the_states_of_a_turn() -> None:
    machine = make()
    seen: list[tuple[str, str]] = []
    for seconds, event in [
        *said(0.5, 2.5, "Hello"),
        (3.0, Tick()),
        (3.0, AgentStarted(1)),
        (3.5, AgentAudible(1)),
        (5.5, AgentEnded(1)),
    ]:
        machine.step(event, ns(seconds))
        seen.append((machine.user, machine.agent))
    assert seen == [
        ("speaking", "listening"),
        ("speaking", "listening"),
        ("speaking", "listening"),
        ("listening", "listening"),
        ("listening", "thinking"),
        ("listening", "thinking"),
        ("listening", "speaking"),
        ("listening", "listening"),
    ]


def test_with_a_vad_its_word_is_taken_for_who_speaks() -> None:
    machine = Turns()
    machine.step(Heard("Hel", "interim"), 0)
    assert machine.user == "listening"


def test_an_agent_that_speaks_into_the_silence_is_not_idle() -> None:
    machine = make(idle=5.0)
    told: list[Told] = [(6.0, AgentEnded(1)), (11.0, AgentStarted(2, True, False)), (11.5, AgentAudible(2))]
    under_reply(machine, *told, until=12.0)
    assert (machine.user, machine.agent) == ("listening", "speaking")


def test_without_a_vad_the_user_speaks_as_long_as_words_may_change() -> None:
    machine = make(vad=False)
    machine.step(Heard("Hel", "interim"), 0)
    assert machine.user == "speaking"
    machine.step(Heard("Hello", "final"), 1)
    assert machine.user == "listening"


def test_a_machine_is_at_rest_when_nothing_is_owed() -> None:
    machine = make(idle=5.0)
    assert machine.at_rest
    rests: list[bool] = []
    for seconds, event in [
        *said(0.5, 2.5, "Hello"),
        (3.0, Tick()),
        *agent(3.0, 3.5),
        (4.0, SpeechStarted(ns(4.0))),
        (4.1, SpeechEnded(ns(4.1))),
        (5.5, AgentEnded(1)),
        (6.1, Tick()),
    ]:
        machine.step(event, ns(seconds))
        rests.append(machine.at_rest)
    assert rests == [False] * 10 + [True]
    assert machine.due() == ns(10.5)


def test_the_repr_names_the_states() -> None:
    assert repr(make()) == "<Turns voice silent, agent listening, turn closed, hint none>"


# Bad input


@pytest.mark.parametrize(
    "event",
    [
        SpeechPaused(0),
        SpeechResumed(0),
        SpeechEnded(0),
        AgentAudible(1),
        AgentEnded(1),
        AgentStarted(0),
        Classified(True),
        InterruptAsked(),
        Predicted(0.5, 0),
        UserText(""),
    ],
)
def test_what_fits_nothing_is_absorbed_and_counted(event: Event) -> None:
    machine = make(detectors=1)
    assert machine.step(event, 0) == ()
    assert (machine.absorbed, machine.due()) == (1, None)


@pytest.mark.parametrize(
    ("told", "twice"),
    [
        ([], SpeechStarted(0)),
        ([SpeechStarted(0)], SpeechPaused(0)),
        ([SpeechStarted(0), SpeechPaused(0)], SpeechResumed(0)),
        ([SpeechStarted(0)], SpeechEnded(0)),
        ([], Heard("Hello", "final")),
        ([], AgentStarted(1)),
        ([AgentStarted(1)], AgentAudible(1)),
        ([AgentStarted(1)], AgentEnded(1)),
        ([AgentStarted(1), InterruptAsked()], AgentEnded(1)),
    ],
)
def test_what_comes_twice_counts_once(told: list[Event], twice: Event) -> None:
    machine = make()
    for event in [*told, twice]:
        machine.step(event, 0)
    before = machine.state, machine.due(), machine.absorbed
    assert machine.step(twice, 0) == ()
    assert (machine.state, machine.due(), machine.absorbed) == (before[0], before[1], 1)
    assert before[2] == 0


@pytest.mark.parametrize("audible", [True, False])
def test_what_is_told_of_another_utterance_is_absorbed(audible: bool) -> None:
    machine = make()
    drive(machine, *agent(3.0, 3.5, utterance=7)[: 1 + audible], until=4.0)
    state = machine.state
    for stale in (AgentStarted(7), AgentStarted(6), AgentAudible(6), AgentAudible(8), AgentEnded(6), AgentEnded(8)):
        machine.step(stale, ns(4.0))
    assert (machine.state, machine.absorbed) == (state, 6)


def test_a_final_of_the_same_place_comes_twice_whenever_it_comes() -> None:
    machine = make()
    told = said(0.5, 2.5, "")[:2]
    done = drive(
        machine,
        *told,
        (2.7, Heard("no", "final", end=ns(2.4))),
        (2.8, Heard("no", "final", end=ns(2.4))),
        (2.9, Heard("no", "final", end=ns(2.5))),
        (3.0, SpeechEnded(ns(2.5))),
    )
    assert done == [(3.0, commit("no no", 2.5, 2.9))]
    assert machine.absorbed == 1


def test_the_same_words_said_again_are_not_the_same_final() -> None:
    told = [*said(0.5, 2.5, "no")[:3], (2.8, Heard("no", "final")), (3.0, SpeechEnded(ns(2.5)))]
    assert drive(make(), *told) == [(3.0, commit("no no", 2.5, 2.8))]


def test_a_clock_that_goes_backwards_stands_still() -> None:
    machine = make()
    machine.step(SpeechStarted(ns(2.0)), ns(2.0))
    machine.step(SpeechPaused(ns(1.0)), ns(1.0))
    assert machine.absorbed == 2
    assert machine.due() == ns(4.0)


def test_a_sample_from_the_future_is_taken_for_now() -> None:
    machine = make()
    machine.step(SpeechStarted(ns(9.0)), ns(2.0))
    machine.step(SpeechPaused(ns(2.0)), ns(2.0))
    assert machine.absorbed == 1
    assert machine.due() == ns(4.0)


def test_the_end_of_a_word_does_not_lie_in_the_future() -> None:
    done = drive(make(vad=False), (2.7, Heard("Hello", "final", end=ns(9.0))))
    assert done == [(3.2, commit("Hello", 2.7, 2.7))]


def test_times_are_rounded_to_a_microsecond() -> None:
    machine = make()
    machine.step(SpeechStarted(499_999_600), 500_000_400)
    machine.step(SpeechEnded(2_499_999_500), 3_000_000_000)
    machine.step(Heard("Hello", "final"), 3_000_000_000)
    assert machine.step(Tick(), 2_999_999_500) == (Commit("Hello", 2_500_000_000, 3_000_000_000),)
    assert machine.absorbed == 0


def test_a_tick_before_its_time_does_nothing() -> None:
    machine = make()
    for seconds, event in said(0.5, 2.5, "Hello")[:3]:
        machine.step(event, ns(seconds))
    assert machine.step(Tick(), ns(2.99)) == ()
    assert machine.due() == ns(4.5)


def test_what_is_overdue_is_due_now() -> None:
    machine = make()
    for seconds, event in said(0.5, 2.5, "Hello", after=0.9):
        machine.step(event, ns(seconds))
    assert machine.due() == ns(3.4)


def test_the_first_of_all_deadlines_is_the_one_that_is_due() -> None:
    """An answer that never begins is missed long before a VAD that never tells an end."""
    machine = make()
    drive(machine, *said(0.5, 2.5, "Hello"), until=3.0)
    machine.step(SpeechStarted(ns(4.0)), ns(4.0))
    assert machine.state[:2] == (Voice.VOICED, Agent.AWAITED)
    assert machine.due() == ns(5.0)


def test_a_deadline_follows_what_is_connected() -> None:
    """Without a VAD the user is quiet since the last words: what these held up is let go."""
    machine = make(min_words=3)
    for seconds, event in [*agent(1.0, 1.0), (2.0, SpeechStarted(ns(2.0))), (2.3, Heard("well", "interim"))]:
        machine.step(event, ns(seconds))
    assert machine.due() == ns(62.0)
    machine.vad = False
    assert machine.due() == ns(2.5)


def test_the_words_that_may_be_answered_next_are_foreseen() -> None:
    """With what is not final; none while the agent is busy, and none where nothing is guessed."""
    told = [(0.5, SpeechStarted(ns(0.5))), (1.0, Heard("Hello", "final")), (1.2, Heard("there", "interim"))]
    guessing, other = make(speculation=Speculation(mode="llm")), make()
    for seconds, event in told:
        assert guessing.foreseen == ("Hello" if isinstance(event, Heard) and event.text == "there" else "")
        guessing.step(event, ns(seconds))
        other.step(event, ns(seconds))
    assert (guessing.foreseen, other.foreseen) == ("Hello there", "")
    guessing.step(AgentStarted(1), ns(1.3))
    assert guessing.foreseen == ""


def test_late_ticks_do_what_is_owed_in_the_order_in_which_it_was() -> None:
    machine = make()
    for seconds, event in [*agent(3.0, 3.5), *speech(4.0, 4.1)]:
        machine.step(event, ns(seconds))
    assert machine.step(Tick(), ns(9.0)) == (Resume(), Stalled(ns(4.1), 1))


# The table and its picture


def test_every_row_of_the_table_can_be_taken() -> None:
    """No row stands behind another of the same state and cause that has no guard."""
    open_ended: set[tuple[Any, Any]] = set()
    for row in TABLE:
        assert (row.state, row.cause) not in open_ended, row
        if row.when is None:
            open_ended.add((row.state, row.cause))


def test_the_documentation_shows_the_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "turn-taking.md"
    assert f"```mermaid\n{mermaid()}```" in page.read_text(encoding="utf-8")


def test_the_picture_has_an_arrow_for_every_row() -> None:
    arrows = [line for line in mermaid().splitlines() if "-->" in line and "[*]" not in line]
    assert len(arrows) == len(TABLE)
    assert "        Turn_open --> Turn_waiting: end of turn [busy] / put off" in arrows
    assert "        Hint_none --> Hint_open: voice [exposed] / lower" in arrows
    assert "        Voice_paused --> Voice_voiced: SpeechResumed / voice returns" in arrows


def test_a_final_that_comes_long_after_its_interim_was_taken_is_not_heard_again() -> None:
    """Not even when the user has begun to speak anew: it says where its words end."""
    machine = make()
    told = [
        (0.5, SpeechStarted(ns(0.5))),
        (2.0, Heard("Hello there", "interim")),
        (2.5, SpeechPaused(ns(2.5))),
        (3.0, SpeechEnded(ns(2.5))),
        (4.6, AgentStarted(1)),
        (5.0, SpeechStarted(ns(5.0))),
        (5.1, Heard("hello there", "final", end=ns(2.5))),
        (6.0, SpeechPaused(ns(6.0))),
        (6.2, Heard("and goodbye", "final", end=ns(6.0))),
        (6.5, SpeechEnded(ns(6.0))),
    ]
    commits = [command.text for _, command in drive(machine, *told) if isinstance(command, Commit)]
    assert commits == ["Hello there", "and goodbye"]


@pytest.mark.parametrize("anew", [False, True])
def test_a_recogniser_that_hears_an_utterance_anew_brings_nothing_new(anew: bool) -> None:
    """What was taken as it stood is told again from its first words on by another, and none counts twice."""
    begin, pause, over = speech(0.5, 2.5)
    told: list[Told] = [begin, pause, (2.6, Heard("Tell me more", "interim")), over, (5.0, AgentStarted(1))]
    told += speech(5.5, 5.8)[:1] if anew else []
    told += [(6.0, Heard("Tell", "interim", end=ns(1.0))), (6.1, Heard("tell me", "interim", end=ns(2.0)))]
    told += [(6.2, Heard("Tell me", "final", end=ns(2.4)))]
    told += [(7.0, AgentEnded(1)), *(speech(5.5, 7.4)[1:] if anew else [])]
    done = drive(make(), *told, until=12.0)
    assert [command.text for _, command in done if isinstance(command, Commit | Keep)] == ["Tell me more"]


ANSWERED: list[Told] = [(5.0, AgentStarted(1)), (5.5, AgentEnded(1))]


def _commits(*told: Told) -> list[str]:
    return [command.text for _, command in drive(make(), *told) if isinstance(command, Commit)]


@pytest.mark.parametrize(
    ("text", "end"), [("Tell", 7.0), ("Tell", None), ("Tell me", 7.0), ("Tell me now", 7.0), ("Tell me more", None)]
)
def test_later_words_that_begin_like_those_that_were_taken_are_kept_whole(text: str, end: float | None) -> None:
    """They end later, or come with new speech and do not say where they end."""
    begin, pause, over = speech(0.5, 2.5)
    heard = Heard(text, "final", end=None if end is None else ns(end))
    taken: list[Told] = [begin, pause, (2.6, Heard("Tell me", "interim", end=ns(2.4))), over]
    assert _commits(*taken, *ANSWERED, *speech(6.0, 7.0), (7.6, heard)) == ["Tell me", text]


def test_words_after_some_that_no_speech_belonged_to_are_kept_whole() -> None:
    """Wherever they say that they end."""
    told: list[Told] = [(1.0, Heard("Hello", "interim")), *ANSWERED, *speech(6.0, 7.0)]
    assert _commits(*told, (7.2, Heard("Hello again", "final", end=ns(7.0)))) == ["Hello", "Hello again"]


@pytest.mark.parametrize(("first", "then", "texts"), [(2.5, None, 2), (None, 2.4, 2), (2.5, 2.5, 1), (2.4, 2.5, 2)])
def test_an_interim_is_old_when_it_ends_no_later_than_the_last_final(
    first: float | None, then: float | None, texts: int
) -> None:
    """Which can be said where both tell where they end."""
    ends = [None if end is None else ns(end) for end in (first, then)]
    begin, pause, over = speech(0.5, 2.5)
    told: list[Told] = [begin, pause, (2.6, Heard("Hello", "final", end=ends[0]))]
    machine = make()
    drive(machine, *told, (2.7, Heard("there", "interim", end=ends[1])), over, until=3.0)
    assert machine.absorbed == 2 - texts


def test_what_was_taken_before_the_user_spoke_anew_is_no_part_of_what_is_taken_then() -> None:
    """The final of the second of two utterances that never became final in time brings what goes beyond that one."""
    begin, pause, over = speech(0.5, 2.5)
    taken: list[Told] = [begin, pause, (2.6, Heard("Hello", "interim")), over, *ANSWERED]
    begin, pause, over = speech(6.0, 7.0)
    again: list[Told] = [begin, pause, (7.1, Heard("tell me", "interim", end=ns(7.0))), over]
    again += [(10.0, AgentStarted(2)), (10.5, AgentEnded(2)), (11.0, Heard("tell me more", "final", end=ns(7.0)))]
    assert _commits(*taken, *again) == ["Hello", "tell me", "more"]


def test_a_timer_that_was_looked_up_is_another_once_a_detector_is_connected() -> None:
    machine = make(endpointing=Endpointing(mode="threshold", min_wait=0.5, deadline=2.0))
    for at, event in ((0.0, SpeechStarted(0)), (1.0, SpeechEnded(ns(1.0))), (1.2, Heard("Hello.", "final"))):
        machine.step(event, ns(at))
    assert machine.due() == ns(1.5)
    machine.detectors = 1
    assert machine.due() == ns(3.2)
