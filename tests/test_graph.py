"""A graph refuses every wiring mistake before any audio flows, and says what to do."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from voiceflow import (
    Audio,
    Frame,
    GraphError,
    In,
    Node,
    Out,
    Phrase,
    Prediction,
    Signal,
    Sink,
    Speech,
    Spoken,
    Text,
    TurnTaking,
    Watch,
)
from voiceflow.graph import Graph


@attrs.define(eq=False)
class Mic(Node):
    audio = Out(Audio, live=True)


@attrs.define(eq=False)
class Vad(Node):
    audio = In(Audio)
    passed = Out(Audio)
    speech = Out(Speech)


@attrs.define(eq=False)
class Tap(Node):
    anything = In(Frame)


@attrs.define(eq=False)
class Two(Node):
    left = In(Audio)
    right = In(Audio)
    mixed = Out(Audio)
    level = Signal(int)
    wanted = Watch(int)


@attrs.define(eq=False)
class Voice(Node):
    phrases = In(Phrase)
    spoken = Out(Spoken)

    lifetime = "turn"


@attrs.define(eq=False)
class Ear(Sink):
    spoken = In(Spoken)


def message(graph: Graph) -> str:
    with pytest.raises(GraphError) as caught:
        graph.validate()
    return str(caught.value)


def test_connecting_nodes_takes_the_one_pair_that_fits() -> None:
    """A kind may go where a base of it is taken."""
    mic, vad, tap = Mic(), Vad(), Tap()
    graph = Graph().connect(mic, vad).connect(vad.speech, tap)
    assert [repr(edge) for edge in graph.edges] == [
        "mic.audio: Out[Audio] -> vad.audio: In[Audio]",
        "vad.speech: Out[Speech] -> tap.anything: In[Frame]",
    ]
    assert graph.validate() is graph


def test_a_chain_of_nodes_is_joined_pair_by_pair() -> None:
    """`connect(a, b, c)` is `connect(a, b).connect(b, c)`."""
    mic, vad, other = Mic(), Vad(), Vad()
    assert Graph().connect(mic, vad, other).edges == Graph().connect(mic, vad).connect(vad, other).edges


def test_several_pairs_that_fit_are_named() -> None:
    """Nothing is guessed."""
    with pytest.raises(GraphError, match=r"several ways to join .*: mic\.audio.*two\.left.*; mic\.audio.*two\.right"):
        Graph().connect(Mic(), Two())


def test_no_pair_that_fits_names_both_sides() -> None:
    """The message lists what there is."""
    with pytest.raises(GraphError, match=r"nothing joins ear to mic: no outlets and no inlets"):
        Graph().connect(Ear(), Mic())


def test_a_wrong_kind_names_ports_and_kinds() -> None:
    """The type checker refuses this as well."""
    vad, other = Vad(), Vad()
    with pytest.raises(GraphError, match=r"vad\.speech gives Speech, vad\.audio takes Audio"):
        Graph().connect(vad.speech, other.audio)  # type: ignore[misc]


def test_what_is_no_port_is_refused() -> None:
    """An inlet has no frames to give."""
    vad = Vad()
    with pytest.raises(GraphError, match=r"takes nodes and their ports; got vad\.audio"):
        Graph().connect(vad.audio, vad)  # type: ignore[call-overload]


def test_an_inlet_takes_one_writer() -> None:
    """The second is refused by name; the same edge twice as well."""
    one, other, vad = Mic(), Mic(), Vad()
    graph = Graph().connect(one, vad)
    with pytest.raises(GraphError, match=r"vad\.audio: In\[Audio\] has a writer already: mic\.audio"):
        graph.connect(other, vad)
    with pytest.raises(GraphError, match="is connected already"):
        graph.connect(one, vad)


def test_an_unfed_inlet_is_named() -> None:
    """With what it takes."""
    assert message(Graph().add(Vad())).startswith("vad.audio takes Audio and is not connected")


def test_a_loop_is_printed() -> None:
    """With its ports, in order, from the first node to itself."""
    one, other = Vad(), Vad()
    graph = Graph().connect(one.passed, other.audio).connect(other.passed, one.audio)
    assert "the graph has a loop: vad.passed -> vad2.audio, vad2.passed -> vad.audio;" in message(graph)


def test_a_signal_may_close_a_loop() -> None:
    """It never blocks the one who sets it."""
    mic, other, one, two = Mic(), Mic(), Two(), Two()
    graph = Graph().connect(mic, one.left).connect(other, one.right)
    graph.connect(one.mixed, two.left).connect(one.mixed, two.right).connect(two.level, one.wanted)
    assert graph.validate().edges[-1].is_signal


def test_a_live_outlet_that_may_not_drop_is_refused() -> None:
    """Words are never dropped."""

    @attrs.define(eq=False)
    class Babbler(Node):
        text = Out(Text, live=True)

    assert "babbler.text is a live outlet for Text" in message(Graph().add(Babbler()))


def test_a_turn_ends_in_one_sink() -> None:
    """No sink, two sinks, and a session's node behind a turn's are refused."""
    assert "voice live for a turn and no Sink plays it" in message(Graph().add(Voice()))
    two = Graph().connect(Voice(), Ear()).connect(Voice(), Ear())
    assert "the graph has 2 sinks (ear, ear2)" in message(two)
    assert "only a Sink" in message(Graph().connect(Voice(), Tap()))


def test_only_the_turn_taking_opens_turns() -> None:
    """A session's frames do not reach a turn's node by themselves."""

    @attrs.define(eq=False)
    class Prompter(Node):
        phrases = Out(Phrase)

    assert "put TurnTaking between" in message(Graph().connect(Prompter(), Voice(), Ear()))


def test_names_are_made_unique_and_can_be_given() -> None:
    """The second of a kind gets a number."""
    mic, other, named = Mic(), Mic(), Mic()
    graph = Graph().add(mic).add(other).add(named, "headset").add(mic)
    assert list(graph.nodes) == ["mic", "mic2", "headset"]
    assert graph.name_of(other) == "mic2"
    with pytest.raises(GraphError, match="there is a node 'mic' already"):
        graph.add(Mic(), "mic")
    with pytest.raises(GraphError, match="in the graph already, as 'mic'"):
        graph.add(mic, "other")
    with pytest.raises(KeyError):
        graph.name_of(Mic())


def test_an_inlet_may_take_many_writers() -> None:
    """If it says so, as the turn-taking's for predictions does; the same edge twice is still a mistake."""

    @attrs.define(eq=False)
    class Detector(Node):
        predictions = Out(Prediction)

    turns, one, two = TurnTaking(), Detector(), Detector()
    graph = Graph().connect(one, turns).connect(two, turns)
    assert len(graph.into(turns)) == 2
    with pytest.raises(GraphError, match="connected already"):
        graph.connect(one, turns)


def test_what_is_no_node_is_refused() -> None:
    """A class in place of a node of it is told with the way out."""
    cast_off: Any = 3
    kind: Any = Vad
    with pytest.raises(GraphError, match=r"add\(\) takes a node; got 3"):
        Graph().add(cast_off)
    with pytest.raises(GraphError, match=r"got the class Vad; make a node of it: Vad\(\)"):
        Graph().add(kind)
    with pytest.raises(GraphError, match=r"got the class Vad; make a node of it: Vad\(\), where"):
        Graph().connect(Mic(), kind)
