"""Cases that have left other agents silent, stuck or deaf: each on the real runtime, to the microsecond."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import attrs
import numpy as np
import pytest
import trio
from trio.testing import MockClock
from world import RATE, Model, User, Voice

from voiceflow import (
    Chunker,
    Endpointing,
    Graph,
    In,
    Interjection,
    Interruption,
    Mark,
    Node,
    NodeFailed,
    Out,
    Ports,
    Prediction,
    Session,
    Silence,
    Speaker,
    Speculation,
    Speech,
    Spoken,
    Trace,
    Transcript,
    TurnSettings,
    TurnTaking,
    Utterance,
)
from voiceflow.machines.phrases import PhraseSettings
from voiceflow.nodes.text_detector import TextDetector
from voiceflow.observe.waterfall import Waterfall

SECOND = 1_000_000_000
REPLY = "Once upon a time there was a dog."
Event = tuple[float, Speech | Transcript]


def at(seconds: float) -> int:
    return round(seconds * RATE)


def begins(start: float) -> Event:
    return start, Speech(True, at(start), at(start), RATE)


def pauses(end: float) -> Event:
    return end, Speech(True, at(end), at(end), RATE, voiced=False)


def ends(end: float, known: float) -> Event:
    return known, Speech(False, at(end), at(known), RATE)


def heard(
    when: float, text: str, stage: Literal["interim", "preflight", "final"] = "final", end: float | None = None
) -> Event:
    return when, Transcript(text, stage, RATE, None, None if end is None else at(end))


def speaks(start: float, end: float, text: str = "", after: float = 0.2, silence: float = 0.3) -> list[Event]:
    """From `start` to `end`; the VAD is sure `silence` later, the words come `after` the end."""
    said = [heard(end + after, text, end=end)] if text else []
    return [begins(start), pauses(end), ends(end, end + silence), *said]


@attrs.define(eq=False)
class Script(Node):
    """Tells what a VAD and a recogniser made of a user, at stated times."""

    events: Sequence[Event]
    until: float = 30.0

    speech = Out(Speech)
    transcripts = Out(Transcript)

    async def run(self, ports: Ports) -> None:
        for when, frame in sorted(self.events, key=lambda event: event[0]):
            await ports.sleep_until(round(when * 1e9))
            if isinstance(frame, Speech):
                await ports[self.speech].send(frame)
            else:
                await ports[self.transcripts].send(frame)
        await ports.sleep_until(round(self.until * 1e9))


@attrs.define
class Call:
    """What came of a call."""

    session: Session
    marks: list[Mark]

    def times(self, name: str, **values: object) -> list[float]:
        return [
            mark.t / 1e9
            for mark in self.marks
            if mark.name == name and all(mark.values[key] == value for key, value in values.items())
        ]

    def said(self) -> list[tuple[str, str]]:
        return [(m.role, m.text) for m in self.session.history]


def graph(
    user: Script | User,
    *,
    model: Node | None = None,
    voice: Node | None = None,
    detector: Node | None = None,
    endpointing: Endpointing | None = None,
    **interruption: Any,
) -> Graph:
    """Commits 0.5 s after the last voiced sample; the reply takes 0.3 s, its first sound another 0.2."""
    settings = TurnSettings(
        endpointing=endpointing or Endpointing(mode="fixed", min_wait=0.5),
        interruption=attrs.evolve(Interruption(always={}), **interruption),
        speculation=Speculation(mode="off"),
    )
    turns = TurnTaking(settings)
    made = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    if detector is not None:
        made.connect(user.transcripts, detector.transcripts)  # type: ignore[attr-defined]
        for inlet in detector.inlets():
            if inlet not in ("transcripts", "audio"):
                made.connect(getattr(user, inlet), getattr(detector, inlet))
        made.connect(detector, turns)
    chunker = Chunker(PhraseSettings(idle_after=SECOND))
    return made.connect(turns, model or Model(), chunker, voice or Voice(), Speaker())


async def call(made: Graph) -> Call:
    marks: list[Mark] = []
    async with Session(made, trace=Trace([marks.append])) as session:
        await session.finished()
    return Call(session, marks)


# What the user says is not lost


@pytest.mark.parametrize("stage", ["interim", "final"])
async def test_an_empty_transcript_after_a_final_strands_nothing(
    autojump_clock: MockClock, stage: Literal["interim", "final"]
) -> None:
    """The turn is committed when it would have been."""
    events = [*speaks(0.5, 2.5, "tell me more"), heard(2.8, "", stage), heard(2.9, "  ", stage)]
    assert (await call(graph(Script(events)))).times("turn.committed") == [3.0]


async def test_a_noise_after_a_final_strands_nothing(autojump_clock: MockClock) -> None:
    """The wait begins again with its end, and the words are answered without waiting for others."""
    events = [*speaks(0.5, 2.5, "tell me more"), *speaks(2.85, 2.95)]
    made = await call(graph(Script(events)))
    assert made.times("turn.committed") == [3.45]
    assert made.said() == [("user", "tell me more"), ("assistant", REPLY)]


async def test_yes_ends_a_turn(autojump_clock: MockClock) -> None:
    """As any other word does."""
    assert (await call(graph(Script(speaks(0.5, 0.8, "Yes."))))).times("turn.committed") == [1.3]


async def test_a_short_answer_while_the_agent_thinks_is_kept(autojump_clock: MockClock) -> None:
    """Too short to interrupt, it is a further item, and answered when the agent has spoken."""
    events = [*speaks(0.5, 2.5, "tell me more"), *speaks(3.05, 3.25, "Tuesday", after=0.1)]
    made = await call(graph(Script(events)))
    assert made.said()[:3] == [("user", "tell me more"), ("assistant", REPLY), ("user", "Tuesday")]
    # The hint at 3.05 is let go at 3.45, before there is anything to hear.
    assert made.times("turn.committed") == [3.0, 5.5]


async def test_a_late_final_is_the_next_turn(autojump_clock: MockClock) -> None:
    """A recogniser that finds more words after the commit has them answered too."""
    events = [*speaks(0.5, 2.5, "tell me more"), heard(3.2, "about dogs", end=2.5)]
    made = await call(graph(Script(events)))
    assert [text for role, text in made.said() if role == "user"] == ["tell me more", "about dogs"]


# Turn detectors


@attrs.define(eq=False)
class Thinks(Node):
    """Answers each final `after` seconds later."""

    after: float
    probability: float = 1.0

    transcripts = In(Transcript)
    predictions = Out(Prediction)

    async def run(self, ports: Ports) -> None:
        async for words in ports[self.transcripts]:
            await trio.sleep(self.after)
            await ports[self.predictions].send(Prediction(self.probability, words.end or 0, words.rate, "thinks"))


async def test_speech_that_resumes_while_the_detector_thinks_keeps_the_turn_open(autojump_clock: MockClock) -> None:
    """Its answer, that the user had done, comes when the user speaks again, and counts for nothing."""
    events = [
        begins(0.5),
        pauses(2.5),
        ends(2.5, 2.8),
        heard(2.9, "tell me more", end=2.5),
        *speaks(3.0, 4.0, "about dogs"),
    ]
    waits = Endpointing(mode="adaptive", min_wait=0.5, max_wait=0.8, deadline=1.0)
    made = await call(graph(Script(events), detector=Thinks(0.3), endpointing=waits))
    assert made.times("prediction") == [3.2, 4.5]
    assert made.times("turn.committed") == [4.5]
    assert made.said()[0] == ("user", "tell me more about dogs")


async def test_a_detector_judges_the_words_of_this_turn(autojump_clock: MockClock) -> None:
    """The first is unfinished and the second is not: each is scored as what it is, on its first turn and later."""
    events = [*speaks(0.5, 2.5, "I would like to go because"), *speaks(8.0, 9.0, "yes please")]
    waits = Endpointing(mode="threshold", min_wait=0.5, max_wait=2.0, certainty=0.5)
    made = await call(graph(Script(events), detector=TextDetector(), endpointing=waits))
    assert made.times("turn.committed") == [4.5, 9.5]


# Interruption


async def test_a_vad_that_tells_beginnings_and_ends_alone_interrupts(autojump_clock: MockClock) -> None:
    """Without a probability for each window, without pauses: the duration is what counts."""
    events = [*speaks(0.5, 2.5, "tell me more"), begins(4.0), ends(5.5, 5.8), heard(5.7, "never mind")]
    made = await call(graph(Script(events), voice=Voice(10.0)))
    assert made.times("turn.interrupted") == [4.5]


@attrs.define(eq=False)
class Classifier(Node):
    """Takes words for an interruption, if "stop" is among them, and for nothing if not."""

    transcripts = In(Transcript)
    interjections = Out(Interjection)

    async def run(self, ports: Ports) -> None:
        async for words in ports[self.transcripts]:
            await ports[self.interjections].send(Interjection("stop" in words.text))


async def test_a_classifier_decides_what_is_an_interruption(autojump_clock: MockClock) -> None:
    """Half a second would have cut the agent off: it says first that this is nothing, and later that it is."""
    talk: list[Event] = [begins(4.0), heard(4.3, "as I was telling her", "interim"), pauses(6.0), ends(6.0, 6.3)]
    talk.append(heard(6.4, "as I was telling her", "final"))
    stop: list[Event] = [begins(8.0), heard(8.2, "please stop", "interim"), pauses(9.0), ends(9.0, 9.3)]
    user, classifier = Script([*speaks(0.5, 2.5, "tell me more"), *talk, *stop]), Classifier()
    made = graph(user, voice=Voice(10.0))
    turns = next(node for node in made.nodes.values() if isinstance(node, TurnTaking))
    made.connect(user.transcripts, classifier).connect(classifier, turns)
    done = await call(made)
    assert done.times("interjection", interrupts=False) == [2.7, 4.3, 6.4]
    assert done.times("duck") == [4.0, 8.0]
    assert done.times("turn.interrupted", why="classifier") == [8.2]


@pytest.mark.parametrize(("own", "faded"), [(None, 0.2), (0.0, 0.0), (0.4, 0.4)])
async def test_what_is_cut_off_fades_as_the_settings_say(
    autojump_clock: MockClock, own: float | None, faded: float
) -> None:
    """The turn-taking's, unless the speaker has one of its own."""
    fades: list[float] = []

    @attrs.define(eq=False)
    class Device(Silence):
        def drop(self, fade: float) -> None:
            fades.append(fade)

    user = Script([*speaks(0.5, 2.5, "tell me more"), *speaks(4.0, 5.0, "stop it")], until=6.0)
    taking = TurnTaking(TurnSettings(interruption=Interruption(fade=0.2)))
    made = Graph().connect(user.speech, taking).connect(user.transcripts, taking)
    made.connect(taking, Model(), Chunker(), Voice(10.0), Speaker(Device(), fade=own))
    async with Session(made):
        await trio.sleep(4.9)
    assert fades == [faded]


async def test_what_is_said_over_something_protected_waits(autojump_clock: MockClock) -> None:
    """It raises nothing, and both are heard."""
    async with Session(graph(Script([], until=1.0))) as session:
        first = session.say("This call is recorded.", interruptible=False)
        await trio.sleep(1.0)
        second = session.say("How can I help?")
        await second
        assert (first.heard, second.heard) == ("This call is recorded.", "How can I help?")


async def test_a_reply_can_be_heard_out_while_nobody_is_listened_to(autojump_clock: MockClock) -> None:
    """Speech under it changes nothing: not the state of the user's turn, not the playback, not the history."""
    marks: list[Mark] = []
    user = Script([*speaks(0.5, 1.9, "stop it"), *speaks(6.0, 7.0, "and now?")])
    async with Session(graph(user, voice=Voice(3.0)), trace=Trace([marks.append])) as session:
        with session.muted():
            reply = await session.reply()
        assert (reply.heard, reply.interrupted) == (REPLY, False)
        await session.finished()
    made = Call(session, marks)
    assert made.times("duck") == made.times("turn.interrupted") == []
    assert made.said() == [("assistant", REPLY), ("user", "and now?"), ("assistant", REPLY)]


async def test_a_false_alarm_is_told(autojump_clock: MockClock) -> None:
    """Each cough under the voice is one `duck` and one `resume`, and what was said is in the trace."""
    events = [*speaks(0.5, 2.5, "tell me more"), *speaks(4.0, 4.2), *speaks(6.0, 6.3)]
    made = await call(graph(Script(events), voice=Voice(10.0)))
    assert made.times("duck") == [4.0, 6.0]
    assert made.times("resume") == [4.4, 6.5]
    assert made.times("turn.ended", interrupted=False) == [13.5]


# Errors


@attrs.define(eq=False)
class Failing(Model):
    """Breaks in its first turn, after so many words, however often it is restarted."""

    words: int = 0

    async def run(self, ports: Ports) -> None:
        self.fail_at = self.words if ports.turn == 1 else None
        await super().run(ports)


@pytest.mark.parametrize(("words", "heard"), [(0, ""), (3, "Once upon a")])
async def test_a_model_that_fails_ends_its_turn(autojump_clock: MockClock, words: int, heard: str) -> None:
    """What it had written is said, though it is no sentence; the error is told, and the next turn is answered."""
    events = [*speaks(0.5, 2.5, "tell me more"), *speaks(9.0, 10.0, "again?")]
    made = await call(graph(Script(events), model=Failing(words=words)))
    assert len(made.times("turn.failed")) == 1
    user, *rest = made.said()
    assert user == ("user", "tell me more")
    assert rest == [*([("assistant", heard)] if heard else []), ("user", "again?"), ("assistant", REPLY)]
    assert len(made.times("turn.ended")) == 2
    assert made.session.agent == "listening"


async def test_a_voice_that_fails_has_said_no_more_than_was_heard(autojump_clock: MockClock) -> None:
    """The handle has the error, and the history what was heard."""

    @attrs.define(eq=False)
    class Hoarse(Voice):
        async def say(self, ports: Ports, phrase: Any, share: float) -> None:
            if "Second" in phrase.text:
                raise ConnectionError("the stub breaks here")
            await super().say(ports, phrase, share)

    model = Model(["This is first. Second is this."])
    async with Session(graph(Script([], until=1.0), model=model, voice=Hoarse(1.0))) as session:
        reply = await session.reply()
        assert isinstance(reply.error, NodeFailed)
        assert reply.heard == "This is first."
    assert [(m.text, m.interrupted) for m in session.history] == [("This is first.", True)]


# The end of a reply


async def test_a_reply_ends_when_its_last_sample_was_heard(autojump_clock: MockClock) -> None:
    """Also with a hook on the voice that changes what it makes: not when the audio is on its way."""
    voice = Voice(2.0)
    made = graph(Script(speaks(0.5, 2.5, "tell me more")), voice=voice)

    def slower(spoken: Spoken) -> Iterable[Spoken]:
        return [attrs.evolve(spoken, samples=np.repeat(spoken.samples, 2))]

    made.transform(voice.spoken, slower)
    done = await call(made)
    assert done.times("turn.audible") == [3.5]
    assert done.times("turn.ended") == [7.5]
    assert done.times("state", agent="listening")[-1] == 7.5


async def test_two_interruptions_in_a_row_are_one(autojump_clock: MockClock) -> None:
    """The program's and the user's in the same instant, too."""
    marks: list[Mark] = []
    events = [*speaks(0.5, 2.5, "tell me more"), *speaks(4.0, 5.0, "stop")]
    async with Session(graph(Script(events), voice=Voice(10.0)), trace=Trace([marks.append])) as session:
        await trio.sleep_until(4.5)
        first, second = session.interrupt(), session.interrupt()
        await session.finished()
    assert not (first and second)
    # The answer to "stop" is said to its end.
    assert Call(session, marks).times("turn.interrupted") == [4.5]


# What is measured


async def test_what_makes_no_sense_changes_nothing_and_is_told(autojump_clock: MockClock) -> None:
    """Out of order, twice, of places long past or still to come: the same call, and a mark for each."""
    good = [*speaks(0.5, 2.5, "tell me more"), *speaks(5.0, 5.2)]
    bad = [ends(0.2, 0.3), begins(0.5), heard(2.71, "tell me more", end=2.5), ends(2.5, 2.9), pauses(4.0)]
    future = (5.1, Speech(True, at(9.0), at(9.0), RATE))
    usual = await call(graph(Script(good)))
    made = await call(graph(Script([*good, *bad, future])))
    told = [(mark.t / 1e9, mark.values["event"]) for mark in made.marks if mark.name == "absorbed"]
    assert told == [
        (0.3, "SpeechEnded"),
        (0.5, "SpeechResumed"),
        (2.71, "Heard"),
        (2.9, "SpeechEnded"),
        (4.0, "SpeechPaused"),
        (5.1, "SpeechResumed"),
    ]
    assert made.said() == usual.said()
    for name in ("turn.committed", "turn.audible", "duck", "resume", "turn.ended", "stalled"):
        assert made.times(name) == usual.times(name), name
    assert usual.times("absorbed") == []


async def test_the_response_time_is_measured_and_not_added_up(autojump_clock: MockClock) -> None:
    """From the last voiced sample to the first audible one, and its stages are its parts."""
    waterfall = Waterfall()
    async with Session(graph(Script(speaks(0.5, 2.5, "tell me more"))), trace=Trace([waterfall])) as session:
        await session.finished()
    (turn,) = waterfall.turns.values()
    assert turn.response == 1.0
    assert round(sum(seconds for _, seconds in turn.stages()), 6) == 1.0


async def test_how_fast_a_model_writes_is_told(autojump_clock: MockClock) -> None:
    """Nine pieces, the first 0.1 s after the prompt and the last 0.2 s later."""
    waterfall = Waterfall()
    async with Session(graph(Script(speaks(0.5, 2.5, "tell me more"))), trace=Trace([waterfall])) as session:
        await session.finished()
    (turn,) = waterfall.turns.values()
    assert turn.tokens == 9
    assert turn.tokens_per_second == pytest.approx(8 / 0.2)


async def test_what_an_interruption_wastes_is_told(autojump_clock: MockClock) -> None:
    """All nine tokens were written; of 10 s of sound 1.34 s were made, and 1 s of them heard."""
    events = [*speaks(0.5, 2.5, "tell me more"), *speaks(4.0, 5.0, "stop it")]
    made = await call(graph(Script(events), voice=Voice(10.0)))
    (cut,) = (mark.values for mark in made.marks if mark.name == "turn.interrupted")
    assert (cut["tokens"], cut["heard"]) == (9, 1.0)
    assert cut["made"] == pytest.approx(1.34, abs=0.03)


async def test_what_is_over_is_not_kept(autojump_clock: MockClock) -> None:
    """Of a hundred utterances a session keeps none but the words that were heard."""
    kept: list[weakref.ref[Utterance]] = []
    async with Session(graph(Script([], until=0.1), voice=Voice(0.2))) as session:
        for n in range(100):
            kept.append(weakref.ref(await session.say(f"Number {n}.")))
        gc.collect()
        assert [n for n, each in enumerate(kept) if each() is not None] == []
        assert len(session.history) == 100


@pytest.mark.parametrize("when", [0.6, 2.6, 2.9, 3.2, 3.6, 4.2, 4.6, 5.1, 5.6])
async def test_a_call_can_be_left_at_any_time(autojump_clock: MockClock, when: float) -> None:
    """In speech, in the wait, while the model writes, while a hint is open: at once, and callbacks are called."""
    ended: list[object] = []
    events = [*speaks(0.5, 2.5, "tell me more"), *speaks(4.0, 5.0, "stop it")]
    async with Session(graph(Script(events), voice=Voice(10.0)), close_within=1.0) as session:
        session.on("turn.ended", lambda mark: ended.append(mark.values["interrupted"]))
        await trio.sleep_until(when)
    assert trio.current_time() == pytest.approx(when, abs=1e-5)
    assert ended == [True] * (0 if when < 3.0 else 1 if when < 5.5 else 2)
    words = [m.text for m in session.history if m.role == "user"]
    assert words == ([] if when < 2.7 else ["tell me more"] if when < 5.2 else ["tell me more", "stop it"])
