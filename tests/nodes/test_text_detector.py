import attrs
import numpy as np
import pytest

from voiceflow import Graph, Node, Out, Ports, Prediction, Session, Speech, Transcript
from voiceflow.frames import Frame
from voiceflow.machines.endings import p_end
from voiceflow.nodes.text_detector import TextDetector
from voiceflow.testing import check_detector, drive

RATE = 16_000


def began(at: float) -> Speech:
    return Speech(True, round(at * RATE), round(at * RATE), RATE)


def ended(at: float) -> Speech:
    return Speech(False, round(at * RATE), round((at + 0.3) * RATE), RATE)


def final(text: str, language: str | None = "en", start: int | None = None, end: int | None = None) -> Transcript:
    return Transcript(text, "final", RATE, start, end, language=language)


async def predictions(*steps: tuple[float, Frame], node: TextDetector | None = None) -> list[tuple[float, Frame]]:
    """What a detector says, and when, of speech and transcripts that come at the seconds given."""
    feeds: dict[str, list[Frame | float]] = {"speech": [], "transcripts": []}
    for port, kind in (("speech", Speech), ("transcripts", Transcript)):
        before = 0.0
        for at, frame in steps:
            if isinstance(frame, kind):
                feeds[port] += [at - before, frame]
                before = at
    return (await drive(node or TextDetector(), feeds)).timed["predictions"]


def said(text: str, at: float, language: str = "en") -> Prediction:
    return Prediction(p_end(text, language), round(at * RATE), RATE, "text")


async def test_a_final_is_judged_at_the_sample_where_speech_ended(autojump_clock: object) -> None:
    found = await predictions((0.5, began(0.5)), (1.3, ended(1.0)), (1.4, final("yes please")))
    assert found == [(1.4, said("yes please", 1.0))]


async def test_an_end_of_speech_is_judged_by_the_words_known_by_then_and_again_by_the_final(
    autojump_clock: object,
) -> None:
    interim = Transcript("my name", "interim", RATE, language="en")
    found = await predictions((0.5, began(0.5)), (1.0, interim), (1.3, ended(1.0)), (1.5, final("my name is")))
    assert found == [(1.3, said("my name", 1.0)), (1.5, said("my name is", 1.0))]


async def test_a_preflight_transcript_is_judged_like_a_final(autojump_clock: object) -> None:
    preflight = Transcript("no thanks", "preflight", RATE, language="en")
    found = await predictions((0.5, began(0.5)), (1.3, ended(1.0)), (1.35, preflight), (1.4, final("no thanks")))
    assert [frame for _, frame in found] == [said("no thanks", 1.0)] * 2


async def test_the_words_of_one_turn_are_judged_together(autojump_clock: object) -> None:
    found = await predictions(
        (0.5, began(0.5)), (1.3, ended(1.0)), (1.4, final("my number is five five")),
        (1.7, began(1.7)), (2.3, ended(2.0)), (2.4, final("five one two")),
    )  # fmt: skip
    assert found[-1] == (2.4, said("my number is five five five one two", 2.0))
    assert found[-2] == (2.3, said("my number is five five", 2.0))


async def test_after_a_long_silence_the_words_belong_to_a_new_turn(autojump_clock: object) -> None:
    found = await predictions(
        (0.5, began(0.5)), (1.3, ended(1.0)), (1.4, final("tell me a story")),
        (3.5, began(3.5)), (4.3, ended(4.0)), (4.4, final("yes")),
    )  # fmt: skip
    assert found[-1] == (4.4, said("yes", 4.0))


async def test_without_a_vad_a_final_is_judged_at_its_own_end(autojump_clock: object) -> None:
    first = final("tell me a story", start=8000, end=16000)
    found = await predictions((1.2, first), (5.0, final("yes", start=64000, end=72000)))
    assert found == [(1.2, said("tell me a story", 1.0)), (5.0, said("yes", 4.5))]


async def test_with_neither_vad_nor_times_a_final_is_taken_for_the_whole_turn(autojump_clock: object) -> None:
    found = await predictions((1.0, final("i would like to")), (2.0, final("yes")))
    assert [frame for _, frame in found] == [said("i would like to", 0), said("yes", 0)]


async def test_the_transcripts_language_goes_before_the_setting(autojump_clock: object) -> None:
    node = TextDetector(language="de")
    found = await predictions((1.0, final("my name is", "en")), node=node)
    assert found == [(1.0, said("my name is", 0))]
    found = await predictions((1.0, final("mein name ist", None)), node=TextDetector(language="de"))
    assert found == [(1.0, said("mein name ist", 0, "de"))]


async def test_no_words_are_not_judged(autojump_clock: object) -> None:
    assert await predictions((0.5, began(0.5)), (1.3, ended(1.0)), (1.4, final("  "))) == []


async def test_a_pause_inside_an_utterance_is_the_place_but_not_the_occasion(autojump_clock: object) -> None:
    pause = attrs.evolve(began(1.0), voiced=False)
    found = await predictions((0.5, began(0.5)), (1.05, pause), (1.2, final("yes")))
    assert found == [(1.2, said("yes", 1.0))]


def test_a_negative_silence_is_refused() -> None:
    with pytest.raises(ValueError, match="new_turn_after"):
        TextDetector(new_turn_after=-1.0)


async def test_it_keeps_the_contract_of_a_turn_detector() -> None:
    await check_detector(TextDetector, speech=np.zeros(RATE, np.int16))


@attrs.define(eq=False)
class Recogniser(Node):
    transcripts = Out(Transcript)

    async def run(self, ports: Ports) -> None:
        await ports[self.transcripts].send(final("yes"))


async def test_a_graph_without_a_vad_is_a_graph(autojump_clock: object) -> None:
    found: list[Prediction] = []
    detector = TextDetector()
    graph = Graph().connect(Recogniser(), detector).tap(detector.predictions, found.append)
    async with Session(graph) as session:
        await session.finished()
    assert len(found) == 1
