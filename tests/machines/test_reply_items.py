"""What is kept of a reply beside its text."""

from __future__ import annotations

import pytest

from voiceflow.items import Thought, ToolCall
from voiceflow.machines.json_fields import MalformedChunk
from voiceflow.machines.reply import (
    Finish,
    ReasoningDelta,
    RedactedReasoning,
    ReplyEvent,
    Signature,
    TextDelta,
    ToolCallDelta,
    Usage,
)
from voiceflow.machines.reply_items import ReplyItems


def gathered(*events: ReplyEvent) -> tuple[Thought | ToolCall, ...]:
    items = ReplyItems()
    for event in events:
        items.push(event)
    return items.end()


def test_signed_thoughts_stand_before_the_calls() -> None:
    """A thought is what was reasoned up to its signature; pieces of a call become one."""
    assert gathered(
        ReasoningDelta("They want "),
        ReasoningDelta("the weather."),
        Signature("reasoning", "s1"),
        TextDelta("Let me look."),
        Signature("text", "s2"),
        ToolCallDelta(0, "a", "look", '{"wh'),
        ToolCallDelta(0, arguments='ere": "Rome"}'),
        Usage(1, 2),
        Finish("tool_calls"),
    ) == (
        Thought("They want the weather.", "s1"),
        Thought("", "s2", form="mark"),
        ToolCall("a", "look", '{"where": "Rome"}'),
    )


def test_a_thought_without_a_signature_is_forgotten() -> None:
    """No model takes it back; one that consists of nothing but its signature is kept."""
    assert gathered(ReasoningDelta("Hm."), TextDelta("Hello.")) == ()
    assert gathered(Signature("reasoning", "s")) == (Thought("", "s"),)


def test_a_thought_that_nobody_may_read_is_kept_in_its_place() -> None:
    """As it came."""
    events = ReasoningDelta("Hm."), Signature("reasoning", "s"), RedactedReasoning("x1"), ReasoningDelta("so")
    assert gathered(*events, Signature("reasoning", "t")) == (
        Thought("Hm.", "s"),
        Thought("", "x1", form="redacted"),
        Thought("so", "t"),
    )


def test_calls_are_bounded() -> None:
    """By a million characters."""
    with pytest.raises(MalformedChunk, match="tool calls of at most"):
        gathered(ToolCallDelta(0, "a", "look", "x" * (1 << 20)), ToolCallDelta(0, arguments="x"))
