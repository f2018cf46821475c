import re
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from parts import GRAPHVIZ

from voiceflow._draw import Box, Drawing, Line, dot, mermaid
from voiceflow._draw_svg import svg
from voiceflow.draw import drawing as drawing_of
from voiceflow.graphs import pizza_order

SVG = "{http://www.w3.org/2000/svg}"
CHAIN = Drawing(
    (Box("mic", "Microphone"), Box("llm", "Llama", "turn"), Box("out", "Speaker")),
    (
        Line("mic", "prompt", "llm", "prompt", "Prompt"),
        Line("llm", "text", "out", "words", "Text"),
        Line("out", "played", "mic", "reference", "Audio", signal=True),
    ),
)

names = st.text(max_size=12) | st.sampled_from(['<a & "b">', "]]>", "--", "\\", "\x00", "\ud800", "終わり"])
lifetimes = st.sampled_from(["session", "turn"])


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    """Graphs of any shape, loops and all, with any text in them."""
    boxes = draw(st.lists(st.builds(Box, names, names, lifetimes), max_size=8, unique_by=lambda box: box.name))
    if not boxes:
        return Drawing(())
    ends = st.sampled_from([box.name for box in boxes])
    return Drawing(tuple(boxes), tuple(draw(st.lists(st.builds(Line, ends, names, ends, names, names, st.booleans())))))


def texts(document: str) -> set[str]:
    return {element.text or "" for element in ET.fromstring(document).iter(f"{SVG}text")}


def boxes(document: str) -> list[tuple[float, float, float, float]]:
    found = [rect for rect in ET.fromstring(document).iter(f"{SVG}rect") if rect.get("rx") == "9"]
    return [
        (float(r.attrib["x"]), float(r.attrib["y"]), float(r.attrib["width"]), float(r.attrib["height"])) for r in found
    ]


def test_mermaid_is_written_as_it_reads() -> None:
    assert mermaid(CHAIN).splitlines() == [
        "flowchart LR",
        '  subgraph g0 ["session"]',
        '    n0["mic<br>Microphone"]',
        '    n2["out<br>Speaker"]',
        "  end",
        '  subgraph g1 ["turn"]',
        '    n1["llm<br>Llama"]',
        "  end",
        '  n0 -->|"prompt<br>Prompt"| n1',
        '  n1 -->|"text → words<br>Text"| n2',
        '  n2 -.->|"played → reference<br>Audio"| n0',
    ]


def test_dot_is_written_as_it_reads() -> None:
    lines = dot(CHAIN).splitlines()
    assert '  "mic" -> "llm" [label="prompt\\nPrompt"];' in lines
    assert '  "out" -> "mic" [label="played → reference\\nAudio", style=dashed, constraint=false];' in lines


def test_the_image_shows_every_name_type_port_and_kind() -> None:
    assert texts(svg(CHAIN)) >= {"mic", "Microphone", "llm", "prompt", "words", "Text", "played → reference: Audio"}


def test_a_fed_node_stands_below_what_feeds_it() -> None:
    ys = [y for _, y, _, _ in boxes(svg(CHAIN))]
    assert ys == sorted(ys)
    assert len(set(ys)) == 3


def test_signals_alone_are_dashed_and_turn_nodes_alone_are_green() -> None:
    classes = [element.get("class") for element in ET.fromstring(svg(CHAIN)).iter() if element.get("class")]
    assert classes.count("wire") == 2
    assert classes.count("signal") == 2  # with the one in the legend
    assert classes.count("box turn") == 2


@given(drawings())
def test_any_graph_gives_an_image_that_is_xml_and_in_which_no_boxes_overlap(drawing: Drawing) -> None:
    document = svg(drawing)
    root = ET.fromstring(document)
    placed = boxes(document)
    assert len(placed) == len(drawing.nodes)
    for x, y, width, height in placed:
        assert x >= 0
        assert x + width <= float(root.attrib["width"])
        assert y >= 0
        assert y + height <= float(root.attrib["height"])
        crowding = [box for box in placed if box[1] == y and x < box[0] < x + width + 20]
        assert not crowding


def _segments(document: str) -> Iterator[tuple[float, float, float, float]]:
    """The straight parts of signals, and those that their rounded corners stand for."""
    for path in ET.fromstring(document).iter(f"{SVG}path"):
        if path.get("class") == "signal" and "h24" not in path.attrib["d"]:
            numbers = [float(each) for each in re.findall(r"-?[\d.]+", path.attrib["d"])]
            points = [*zip(numbers[::2], numbers[1::2], strict=True)]
            for (x0, y0), (x1, y1) in pairwise(points):
                assert abs(x1 - x0) < 0.2 or abs(y1 - y0) < 0.2
                yield min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


@given(drawings())
@example(drawing_of(pizza_order.flow()))
def test_no_signal_passes_behind_a_box(drawing: Drawing) -> None:
    """Where a box stands in its way, it goes between the layers."""
    document = svg(drawing)
    for x0, y0, x1, y1 in _segments(document):
        for x, y, width, height in boxes(document):
            assert not (x0 < x + width - 0.2 and x1 > x + 0.2 and y0 < y + height - 0.2 and y1 > y + 0.2)


@given(drawings())
@example(Drawing((Box("a", "A"),), (Line("a", "\r", "a", "\x85", "\u2028|"),)))
def test_any_graph_gives_mermaid_with_one_line_for_each_edge(drawing: Drawing) -> None:
    lines = mermaid(drawing).splitlines()
    assert sum(">|" in line for line in lines if not line.startswith("    ")) == len(drawing.edges)
    assert sum(line.startswith("    n") for line in lines) == len(drawing.nodes)


def test_an_edge_from_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="'ghost', which is no node of \\['mic'\\]"):
        Drawing((Box("mic", "Microphone"),), (Line("ghost", "a", "mic", "b", "Audio"),))


@GRAPHVIZ.mark
def test_graphviz_reads_the_dot() -> None:
    odd = Drawing((Box('a "b" \\', "<T>"), Box("終わり", "U\nV", "turn")), (Line('a "b" \\', "p", "終わり", "q", "K"),))
    for drawing in (CHAIN, odd, Drawing(())):
        drawn = subprocess.run(["dot", "-Tsvg"], input=dot(drawing).encode(), capture_output=True, check=True)
        assert drawn.stderr == b""
        nodes = [g for g in ET.fromstring(drawn.stdout).iter(f"{SVG}g") if g.get("class") == "node"]
        assert len(nodes) == len(drawing.nodes)
