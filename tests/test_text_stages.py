"""From a reply as it is written to what a voice is given: the two stages as nodes, and the sink for writing."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock
from world import Model

from voiceflow import Chunker, Graph, GraphError, Phrase, Session, Text, TextFilter, TextSink, TurnTaking
from voiceflow.frames import Speech
from voiceflow.machines.phrases import PhraseSettings
from voiceflow.machines.turn_settings import Endpointing, TurnSettings
from voiceflow.node import Node
from voiceflow.ports import Out
from voiceflow.testing import drive
from voiceflow.text import VerbaliserSettings


async def test_a_filter_leaves_out_what_is_not_for_the_ear(autojump_clock: MockClock) -> None:
    """However the tokens cut it; what it still holds leaves at the end, and a fresh turn begins anew."""
    node = TextFilter()
    tokens = ["This is *", "*bold*", "* and", " <think>not", " this</think>plain."]
    for _ in range(2):
        driven = await drive(node, {"text": [Text(token) for token in tokens]})
        words = "".join(f.text for f in driven["filtered"] if isinstance(f, Text)).split()
        assert words == ["This", "is", "bold", "and", "plain."]


async def test_a_chunker_gives_phrases_as_they_are_written(autojump_clock: MockClock) -> None:
    """At the end of a sentence, and the rest when nothing comes any more."""
    tokens: list[Text | float] = [
        Text("This is the first sentence. "),
        Text("And this one goes on for a while"),
        5.0,
        Text(" is more."),
    ]
    driven = await drive(Chunker(PhraseSettings(idle_after=1_000_000_000), language="en"), {"text": tokens})
    found = [(t, f.text.strip(), f.language) for t, f in driven.timed["phrases"] if isinstance(f, Phrase)]
    assert found == [
        (0.0, "This is the first sentence.", "en"),
        (1.0, "And this one goes on for a", "en"),
        (5.0, "while is more.", "en"),
    ]


@pytest.mark.parametrize("node", [TextFilter, Chunker])
def test_a_language_that_is_not_known_is_refused_at_once(node: type[TextFilter] | type[Chunker]) -> None:
    """Not in the first turn."""
    with pytest.raises(GraphError):
        node(language="klingon!")


# The sink for writing


async def test_what_was_written_was_read(autojump_clock: MockClock) -> None:
    """Each piece as it comes; an interruption keeps what was written so far."""
    written: list[str] = []
    async with Session(Graph().connect(Model(last=5.0), TextSink(written.append))) as session:
        handle = session.reply()
        session.on("turn.audible", lambda mark: written.append(f"[{mark.turn}]"))
        await handle
        assert "".join(written) == "[1]Once upon a time there was a dog."
        handle = session.reply()
        await trio.sleep(1)
        session.interrupt()
        assert handle.heard == "Once upon a time there was a dog"
    assert [m.interrupted for m in session.history] == [False, True]


async def test_a_writer_that_fails_once_loses_nothing(autojump_clock: MockClock) -> None:
    """The piece that it refused is written again, and all of it was read."""
    written: list[str] = []
    calls: list[str] = []

    def write(text: str) -> None:
        calls.append(text)
        if len(calls) == 3:
            raise BlockingIOError
        written.append(text)

    async with Session(Graph().connect(Model(), TextSink(write))) as session:
        handle = await session.reply()
    assert (handle.heard, handle.error) == ("Once upon a time there was a dog.", None)
    assert "".join(written) == handle.heard


async def test_who_reads_may_stop_it_at_the_first_piece(autojump_clock: MockClock) -> None:
    """Then nothing was written."""
    written: list[str] = []
    async with Session(Graph().connect(Model(), TextSink(written.append))) as session:
        session.on("turn.audible", lambda mark: session.interrupt())
        handle = await session.reply()
    assert (handle.heard, handle.interrupted, written, session.history) == ("", True, [], ())


# The turn-taking in its graph


class Detector(Node):
    """A VAD with a silence of its own."""

    speech = Out(Speech)

    def __init__(self, min_silence: object) -> None:
        self.min_silence = min_silence


@pytest.mark.parametrize("silence", [0.6, 1, 2])
def test_a_vad_that_is_slower_than_the_turn_taking_is_refused(silence: float) -> None:
    """Whichever number its silence is, with both their names and the way out."""
    graph = Graph().connect(Detector(silence), TurnTaking(TurnSettings(endpointing=Endpointing(min_wait=0.5))))
    with pytest.raises(GraphError, match=r"^detector and turns: .*min_wait must be at least the VAD's silence"):
        graph.validate()


@pytest.mark.parametrize("silence", [0.5, 0, None, "long", True])
def test_other_silences_are_none_of_its_business(silence: object) -> None:
    """What is short enough, and what is no number."""
    Graph().connect(Detector(silence), TurnTaking(TurnSettings(endpointing=Endpointing(min_wait=0.5)))).validate()


async def test_numbers_are_said_in_words_where_that_is_asked_for(autojump_clock: MockClock) -> None:
    """In the words of the filter's language; as they are written otherwise."""
    for numbers, said in ((None, "It costs $5."), (VerbaliserSettings(), "It costs five dollars.")):
        node = TextFilter(language="en", numbers=numbers)
        driven = await drive(node, {"text": [Text("It costs "), Text("$5.")]})
        assert "".join(frame.text for frame in driven["filtered"] if isinstance(frame, Text)) == said
