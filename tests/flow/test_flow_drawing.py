"""A drawn flow: its steps and routes, as Mermaid, DOT and an image."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import attrs
import pytest

from voiceflow import draw
from voiceflow.commands import _load
from voiceflow.errors import GraphError
from voiceflow.flow import BACK, Ask, End, Flow, Interrupt, Pause, Route, Say, Split
from voiceflow.graphs import pizza_order


@attrs.frozen
class Order:
    size: str | None = None
    sure: bool | None = None


def is_unsure(order: Order) -> bool:
    return not order.sure


def asks_why(words: str) -> bool:
    return "why" in words


def nothing(words: str) -> dict[str, Any]:
    return {}


FLOW = Flow(
    "order",
    Order(),
    [
        Split[Order]("both", ["size", "sure"], "end"),
        Ask[Order]("size", "Size?", read=nothing, attempts=2, otherwise="end", then="end"),
        Pause[Order]("sure", "Wait.", then=[Route("sure", is_unsure, forget="sure"), Route("end", label="fine")]),
        End[Order]("end"),
        Say[Order]("why", "So.", then=BACK),
    ],
    interrupts=[Interrupt("why", asks_why, returns=True)],
)


def test_mermaid_has_every_step_and_route() -> None:
    """With its condition; what leads back is dashed."""
    text = draw.mermaid(FLOW)
    assert [line.strip() for line in text.splitlines() if "-->" in line or "-.->" in line] == [
        'n0 -->|"at once"| n1',
        'n0 -->|"at once"| n2',
        'n1 -->|"then"| n3',
        'n1 -->|"otherwise"| n3',
        'n2 -.->|"is unsure"| n2',
        'n2 -->|"fine"| n3',
        'n4 -.->|"then"| n5',
        'n5 -->|"asks why"| n4',
    ]
    assert 'n2["sure<br>Pause"]' in text


def test_dot_and_image_have_them_too() -> None:
    """The image needs nothing else, and has no legend of lifetimes."""
    assert '"size" -> "end" [label="otherwise"];' in draw.dot(FLOW)
    image = ElementTree.fromstring(draw.svg(FLOW))
    words = {element.text for element in image.iter() if element.text and element.text.strip()}
    assert {"both", "size", "sure", "end", "why", "Ask", "Pause", "asks why", "back"} <= words
    assert not any("lives" in (word or "") for word in words)


def test_the_page_shows_the_pizza_flow_as_it_is() -> None:
    """docs/flows.md has its picture."""
    page = Path(__file__).resolve().parent.parent.parent / "docs" / "flows.md"
    assert f"```mermaid\n{draw.mermaid(pizza_order.flow())}```" in page.read_text(encoding="utf-8")


def test_a_flow_is_found_by_its_name() -> None:
    """By the commands, as a graph is."""
    assert _load.flow("voiceflow.graphs.pizza_order:flow").name == "pizza"
    with pytest.raises(GraphError, match="expected a Flow"):
        _load.flow("voiceflow.graphs.pizza_order:PRICES")
