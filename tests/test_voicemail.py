"""Who has answered, in a graph: from the audio, the VAD and the recogniser to one verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
import pytest
import trio
from trio.testing import MockClock
from world import Clip

from voiceflow import Audio, Graph, Mark, Node, Out, Ports, ProviderError, Samples, Session, Speech, Trace, Transcript
from voiceflow.testing import drive
from voiceflow.voicemail import Kind, Verdict, VoicemailDetector, VoicemailSettings

RATE = 8000


@attrs.define(eq=False)
class Answer(Node):
    """What is heard of who has answered: clips, with a beep at `beep` seconds, until `until`."""

    clips: Sequence[Clip] = ()
    beep: float | None = None
    until: float = 20.0

    audio = Out(Audio)
    speech = Out(Speech)
    transcripts = Out(Transcript)

    async def run(self, ports: Ports) -> None:
        events: list[tuple[float, Speech | Transcript]] = []
        for clip in self.clips:
            begin, end, known = (round(at * RATE) for at in (clip.start, clip.end, clip.end + 0.3))
            events.append((clip.start, Speech(True, begin, begin, RATE)))
            events.append((clip.end + 0.3, Speech(False, end, known, RATE, voiced=False)))
            if clip.text:
                events.append((clip.end + clip.final, Transcript(clip.text, "final", RATE)))
        events.sort(key=lambda event: event[0])
        signal = self._signal()
        for at in range(0, len(signal), 160):
            await ports.sleep_until((at + 160) * 10**9 // RATE)
            while events and events[0][0] * RATE <= at + 160:
                _, frame = events.pop(0)
                if isinstance(frame, Speech):
                    await ports[self.speech].send(frame)
                else:
                    await ports[self.transcripts].send(frame)
            await ports[self.audio].send(Audio(signal[at : at + 160], RATE, at))

    def _signal(self) -> Samples:
        signal = np.zeros(round(self.until * RATE), np.int16)
        if self.beep is not None:
            begin = round(self.beep * RATE)
            times = np.arange(round(0.4 * RATE)) / RATE
            signal[begin : begin + len(times)] = np.rint(6000 * np.sin(2 * np.pi * 1000 * times))
        return signal


async def call(answer: Answer, detector: VoicemailDetector | None = None) -> tuple[Verdict, list[Mark]]:
    marks: list[Mark] = []
    detector = detector or VoicemailDetector()
    graph = Graph().connect(answer.audio, detector.audio).connect(answer.speech, detector.speech)
    graph.connect(answer.transcripts, detector.transcripts)
    async with Session(graph, trace=Trace([marks.append])) as session:
        verdict = await detector.verdict()
        await session.finished()
    return verdict, marks


def told(marks: list[Mark], name: str = "voicemail") -> list[tuple[float, dict[str, object]]]:
    return [(mark.t / 1e9, dict(mark.values)) for mark in marks if mark.name == name]


async def test_a_person_is_known_by_a_short_greeting(autojump_clock: MockClock) -> None:
    """Once, in the trace too, with the block in which the pause is long enough."""
    verdict, marks = await call(Answer([Clip(1.0, 1.5, "hello"), Clip(4.0, 15.0, "leave a message after the tone")]))
    assert verdict == Verdict("human", "short greeting", 2_700_000_000)
    assert told(marks) == [(2.7, {"kind": "human", "why": "short greeting"})]


async def test_a_machine_is_known_by_its_words(autojump_clock: MockClock) -> None:
    """When the recogniser has them."""
    verdict, marks = await call(Answer([Clip(1.0, 4.0, "you've reached Bob")], beep=5.0))
    assert verdict == Verdict("voicemail", "words", 4_200_000_000)
    assert [at for at, _ in told(marks)] == [4.2]
    assert [at for at, _ in told(marks, "voicemail.beep")] == [5.42]


async def test_a_machine_is_known_by_talking_on(autojump_clock: MockClock) -> None:
    """Without words."""
    verdict, _ = await call(Answer([Clip(1.0, 5.0), Clip(5.5, 12.0)]))
    assert verdict == Verdict("voicemail", "monologue", 8_000_000_000)


async def test_a_machine_is_known_by_its_beep(autojump_clock: MockClock) -> None:
    """From the audio alone; then a message can be left."""
    answer, detector = Answer(beep=3.0), VoicemailDetector()
    async with Session(Graph().connect(answer.audio, detector.audio)):
        verdict = await detector.verdict()
        await detector.beeped()
        assert round(trio.current_time(), 6) == 3.42
    assert (verdict.kind, verdict.why) == ("voicemail", "beep")
    assert abs(verdict.at - 3_400_000_000) <= 20_000_000


async def test_a_caller_who_hangs_up_leaves_it_unknown(autojump_clock: MockClock) -> None:
    """So that nobody waits for ever."""
    verdict, _ = await call(Answer([Clip(1.0, 4.0)], until=5.0))
    assert (verdict.kind, verdict.why) == ("unknown", "deadline")


async def test_the_verdict_flows_on() -> None:
    """A node behind it gets it, and once."""
    quiet = [Audio(np.zeros(160, np.int16), RATE, at) for at in range(0, 3 * RATE, 160)]
    driven = await drive(VoicemailDetector(VoicemailSettings(deadline=2.0)), {"audio": quiet})
    assert driven["verdicts"] == [Verdict("unknown", "deadline", 2_000_000_000)]


async def test_a_model_may_be_asked(autojump_clock: MockClock) -> None:
    """Once, about the words so far, two seconds after the first."""
    asked: list[tuple[float, str]] = []

    async def classify(text: str) -> Kind:
        asked.append((round(trio.current_time(), 6), text))
        await trio.sleep(0.5)
        return "voicemail"

    clips = [Clip(1.0, 4.0, "this is Acme"), Clip(4.2, 4.8, "incorporated"), Clip(9.0, 9.1, "quack")]
    verdict, marks = await call(Answer(clips), VoicemailDetector(classify=classify))
    assert asked == [(6.2, "this is Acme incorporated")]
    assert (verdict.kind, verdict.why, told(marks)[0][0]) == ("voicemail", "judged", 6.7)


@pytest.mark.parametrize("broken", [True, False])
async def test_a_model_that_does_not_know_changes_nothing(autojump_clock: MockClock, broken: bool) -> None:
    """Nor does one that fails, which the trace tells."""

    async def classify(text: str) -> Kind:
        if broken:
            raise ProviderError("the model is away", retryable=True)
        return "unknown"

    verdict, marks = await call(Answer([Clip(1.0, 4.0, "this is Acme")]), VoicemailDetector(classify=classify))
    assert (verdict.kind, verdict.why) == ("unknown", "deadline")
    assert len(told(marks, "voicemail.unclassified")) == broken


async def test_a_detector_serves_one_call_after_the_other(autojump_clock: MockClock) -> None:
    """And brings nothing from the one before."""
    detector = VoicemailDetector()
    first, _ = await call(Answer([Clip(1.0, 1.5)]), detector)
    second, _ = await call(Answer(beep=1.0), detector)
    assert [first.kind, second.kind] == ["human", "voicemail"]


def test_settings_out_of_range_are_refused() -> None:
    """With the name of the setting."""
    wrong: dict[str, Any] = {"classify_after": -1.0}
    with pytest.raises(ValueError, match="classify_after"):
        VoicemailDetector(**wrong)
