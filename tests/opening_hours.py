"""A question that the smallest model answers by calling a tool: by a template that knows tools, after two examples."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from voiceflow import Message, Prompt
from voiceflow.items import Item, ToolCall, ToolOutput
from voiceflow.tools import tool

TEMPLATE: Final = Path(__file__).parent / "nodes" / "tools.jinja"
ANSWER: Final = "The shop is open from ten to six on Tuesday."


@tool
async def opening_hours(day: str) -> str:
    """When the shop is open."""
    return f"ten to six on {day}"


def _example(day: str) -> list[Item]:
    call = ToolCall(day, "opening_hours", f'{{"day": "{day}"}}')
    question, answer = f"When is the shop open on {day}?", f"The shop is open from nine to five on {day}."
    return [Message("user", question), call, ToolOutput(day, f"nine to five on {day}"), Message("assistant", answer)]


PROMPT: Final = Prompt(
    (*_example("Monday"), *_example("Friday"), Message("user", "When is the shop open on Tuesday?")), (opening_hours,)
)
