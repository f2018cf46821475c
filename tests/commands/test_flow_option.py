"""`--flow`: a flow leads the conversation of `voiceflow chat`, and `voiceflow graph` draws it."""

from __future__ import annotations

import io

import pytest

from voiceflow.cli import main

PIZZA = "voiceflow.graphs.pizza_order:flow"


def test_a_flow_leads_a_typed_conversation_to_its_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It speaks first, needs no model, and nothing more is read when it has hung up."""
    monkeypatch.setattr("sys.stdin", io.StringIO("two salami please\nlarge\n5 Main Street\nyes\nhello?\n"))
    assert main(["chat", "--flow", PIZZA]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Pizza Napoli, good evening. Which pizza would you like?",
        "A small one or a large one?",
        "What is the address?",
        "That is two large salami pizzas to 5 Main Street, for 24 euros. Is that right?",
        "It will be with you in half an hour. Goodbye.",
    ]


def test_what_is_no_flow_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With what there is."""
    assert main(["chat", "--flow", "voiceflow.graphs.pizza_order:build_it"]) == 1
    assert "has no 'build_it'; what can be called there: " in capsys.readouterr().err
    assert main(["chat", "--flow", "voiceflow.graphs.pizza_order:Order"]) == 1
    assert "pizza_order:Order gives Order; expected a Flow" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--agent", "agent.py"], "leave --flow or --agent out, or have the agent bring the flow: Agent(llm=FlowNode("),
        (["--model", "m"], "goes by its own rules and asks no model; leave --model out"),
        (["--instructions", "Be brief.", "--tools", "t.py"], "asks no model; leave --instructions, --tools out"),
    ],
)
def test_what_a_flow_would_not_heed_is_told(capsys: pytest.CaptureFixture[str], options: list[str], told: str) -> None:
    """In one line, before anything is said."""
    assert main(["chat", "--flow", PIZZA, *options]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert told in line


def test_a_flow_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    """But is nothing that JSON could say."""
    assert main(["graph", PIZZA, "-f", "dot"]) == 0
    assert '"right" -> "pizza" [label="wrong", style=dashed, constraint=false];' in capsys.readouterr().out
    assert main(["graph", PIZZA, "-f", "json"]) == 1
    assert "gives a flow, which holds functions; expected mermaid, dot or svg" in capsys.readouterr().err
