"""A graph as JSON and back, and whatever may stand in such a file."""

from __future__ import annotations

import json
from contextlib import suppress

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow import Audio, Caller, FallbackPolicy, Graph, GraphError, In, Node, Out, Speaker, TextFilter
from voiceflow.graph_json import from_json, to_json


@attrs.frozen
class Inner:
    """Settings inside settings."""

    level: float = 1.0
    names: tuple[str, ...] = ()


@attrs.define(eq=False)
class Choosy(Node):
    """Its validator tells all it knows about the setting behind its message."""

    word: str = attrs.field(default="a", validator=attrs.validators.in_(("a", "b")))


@attrs.define(eq=False)
class Configured(Node):
    """A node with settings of every kind."""

    inner: Inner = attrs.Factory(Inner)
    table: dict[str, tuple[str, ...]] = attrs.Factory(dict[str, tuple[str, ...]])
    flag: bool | None = None
    key: str = attrs.field(default="", repr=False)
    state: int = attrs.field(default=0, init=False)
    anything: object = None

    audio = In(Audio, optional=True)
    same = Out(Audio)

    def __attrs_post_init__(self) -> None:
        if self.flag is False:
            raise ValueError("flag is never False")


class Plain(Node):
    """No attrs class: its settings cannot be known."""


def test_a_graph_comes_back_as_it_was() -> None:
    """Names, settings and edges, those of signals too; what is not shown in reprs stays out of the file."""
    settings = Configured(Inner(0.5, ("a", "b")), {"en": ("mhm",)}, True, key="sk-secret")
    caller, speaker = Caller([], noise=0.0), Speaker(duck_to=-20.0)
    graph = Graph().add(settings, "my.node").connect(settings, Configured()).connect(speaker.activity, caller.agent)
    written = json.dumps(to_json(graph))
    assert "secret" not in written
    again = from_json(json.loads(written))
    assert to_json(again) == to_json(graph)
    assert list(again.nodes) == ["my.node", "configured", "speaker", "caller"]
    first = again.nodes["my.node"]
    assert isinstance(first, Configured)
    assert (first.inner, first.table, first.flag, first.key) == (settings.inner, settings.table, True, "")
    assert list(map(repr, again.edges)) == list(map(repr, graph.edges))


def test_who_takes_over_and_when_comes_back() -> None:
    """The others in their order, with the policy by which the first is left."""
    policy = FallbackPolicy(cooldown=5.0, latency=0.5)
    graph = Graph().add(Configured().or_else(Configured(flag=True), Configured(), policy=policy))
    (node,) = from_json(json.loads(json.dumps(to_json(graph)))).nodes.values()
    assert [type(each).__name__ for each in node.providers] == ["Configured", "Configured", "Configured"]
    assert node.fallback == policy


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (Plain(), "plain is a Plain, which is no attrs class"),
        (Configured(anything=[1, {"a": object()}]), r"configured.anything\[1\]\['a'\] is a object"),
    ],
    ids=["class", "setting"],
)
def test_what_is_no_plain_value_is_named(node: Node, message: str) -> None:
    """By the node and the setting."""
    with pytest.raises(GraphError, match=message):
        to_json(Graph().add(node))


def node(kind: str = "tests", **settings: object) -> dict[str, object]:
    return {"name": "a", "type": kind, "settings": settings}


TYPE = f"{Configured.__module__}:Configured"
FILTER = f"{TextFilter.__module__}:TextFilter"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "a graph is a JSON object with version, nodes and edges; got NoneType"),
        ([], "got list"),
        ({}, "version is 1 .* got None"),
        ({"version": 2}, "got 2"),
        ({"version": 1}, "nodes is a list; got NoneType"),
        ({"version": 1, "nodes": []}, "edges is a list; got NoneType"),
        ({"version": 1, "nodes": [3], "edges": []}, r"nodes\[0\] is an object with a type; got 3"),
        ({"version": 1, "nodes": [{"type": 3}], "edges": []}, r"nodes\[0\] is an object with a type"),
        ({"version": 1, "nodes": [node("")], "edges": []}, r"nodes\[0\].type names '', which is not here"),
        ({"version": 1, "nodes": [node(".x:Y")], "edges": []}, r"nodes\[0\].type names '.x:Y', which is not here"),
        ({"version": 1, "nodes": [node("nowhere:X")], "edges": []}, "'nowhere:X', which is not here"),
        ({"version": 1, "nodes": [node("json:X")], "edges": []}, "'json:X', which is not here"),
        ({"version": 1, "nodes": [node("json:dumps")], "edges": []}, "'json:dumps', which is no attrs class"),
        ({"version": 1, "nodes": [node("voiceflow:Text", text="a")], "edges": []}, "type is a Node class; got 'voice"),
        ({"version": 1, "nodes": [node(FILTER, nothing=1)], "edges": []}, r"nodes\[0\]: TextFilter does not take"),
        ({"version": 1, "nodes": [node(f"{__name__}:Choosy", word="c")], "edges": []}, r"\(got 'c'\)$"),
        ({"version": 1, "nodes": [{"type": FILTER, "settings": [1]}], "edges": []}, r"nodes\[0\].settings is an obj"),
        ({"version": 1, "nodes": [{"type": FILTER, "name": 7}], "edges": []}, r"nodes\[0\].name is a text; got 7"),
        ({"version": 1, "nodes": [{"type": FILTER, "or_else": 7}], "edges": []}, "or_else is a list; got int"),
        (
            {"version": 1, "nodes": [{"type": FILTER, "fallback": node(FILTER)}], "edges": []},
            "type is FallbackPolicy; got",
        ),
        ({"version": 1, "nodes": [node(FILTER)], "edges": [3]}, r"edges\[0\] is \[\"node.outlet\", .*; got 3"),
        ({"version": 1, "nodes": [node(FILTER)], "edges": [["a.text"]]}, r"edges\[0\] is"),
        ({"version": 1, "nodes": [node(FILTER)], "edges": [["b.text", "a.text"]]}, "names the node 'b'; there are a"),
        ({"version": 1, "nodes": [], "edges": [["b.text", "a.text"]]}, "names the node 'b'; there are none"),
        ({"version": 1, "nodes": [node(FILTER)], "edges": [["a.x", "a.text"]]}, "names the port 'x' of a; it has filt"),
        ({"version": 1, "nodes": [node(FILTER), node(FILTER)], "edges": []}, "there is a node 'a' already"),
    ],
)
def test_a_file_that_is_wrong_is_told_where(data: object, message: str) -> None:
    """And what would be right."""
    with pytest.raises(GraphError, match=message):
        from_json(data)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([FILTER, "voiceflow:Text", "", ":", "a.b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "settings", "name", "language", "or_else", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(nodes=st.lists(JSON, max_size=3) | JSON, edges=st.lists(JSON, max_size=2) | JSON)
def test_no_file_breaks_the_reader(nodes: object, edges: object) -> None:
    """A graph comes of it, or an error that says what is wrong."""
    with suppress(GraphError):
        assert isinstance(from_json({"version": 1, "nodes": nodes, "edges": edges}), Graph)
