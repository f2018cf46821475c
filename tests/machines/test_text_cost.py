"""What the two machines cost: linear in the text, whatever it is made of and however it comes."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any, cast

import pytest

from voiceflow.machines import clean, phrases
from voiceflow.machines.text import (
    blocks,
    boundary,
    edges,
    leaks,
    lines,
    links,
    markup,
    reader,
    spelling,
    stops,
    tokens,
    view,
)
from voiceflow.text import calendar, clock, money, numerals, quantities, telephone, verbalise

MODULES: tuple[ModuleType, ...] = (
    *(clean, phrases, blocks, boundary, edges, leaks, lines, links, markup, reader, spelling, stops, tokens, view),
    *(calendar, clock, money, numerals, quantities, telephone, verbalise),
)
SIZE = 1_500  # characters of the shorter text: several times every limit
UNITS = [
    "word ", "A sentence here. ", "[", "*", "_", "`", "(", "<", "#", "|", "-", "!", ".", "\n", "\n- ", "\n|", "\"", "“",
    "1. ", "a. ", "**a ", "*a ", "`a ", "[a](", "<think>", "<a ", "(a=", "META: a", "你", "你。", "http://a ", "a@b",
    "... ", ". . ", " ", "Dr. ", "z. B. ", "x" * 50 + " ", "\u0301", "👋", "```\n", "~~~\n", "5 ", "5-", "$5 ",
    "([{", "] ", "2024 ", "2024-", "5 km ", "800 555 ", "$1.50 ", "5, ", "5 May ", "3:30 p.m. ", "1,000", "+1",
    "A. B. ",
]  # fmt: skip
READS = verbalise.verbaliser("en")


class Meter:
    """Counts executed lines of the project and the characters that its patterns looked at."""

    def __init__(self) -> None:
        self.count = 0

    def trace(self, frame: FrameType, event: str, _argument: object) -> Callable[..., Any] | None:
        if "voiceflow" not in frame.f_code.co_filename:
            return None
        if event == "line":
            self.count += 1
        return self.trace


class Metered:
    """A pattern that reports how far it looked: to the end of what it found, else to the end of what it was given."""

    def __init__(self, pattern: re.Pattern[str], meter: Meter) -> None:
        self._pattern, self._meter = pattern, meter

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._pattern, name)
        if name not in ("match", "search", "fullmatch"):
            return found

        def looked(text: str, start: int = 0, stop: int = sys.maxsize) -> re.Match[str] | None:
            answer: re.Match[str] | None = found(text, start, stop)
            end = answer.end() if answer is not None else min(len(text), stop)
            # A match that fails has looked at its beginning at least; how far is unknown, so all of it counts.
            self._meter.count += max(1, end - start)
            return answer

        return looked


@pytest.fixture
def meter(monkeypatch: pytest.MonkeyPatch) -> Meter:
    counted = Meter()
    for module in MODULES:
        for name, value in vars(module).copy().items():
            if isinstance(value, re.Pattern):
                monkeypatch.setattr(module, name, Metered(cast(re.Pattern[str], value), counted))
    return counted


def cost(meter: Meter, text: str, size: int) -> int:
    """Both machines in a row over the text in deltas of a size."""
    filters, chunker = clean.Clean(language="en", verbaliser=READS), phrases.Phrases(language="en")
    for machine, name in ((filters, "_special"), (filters, "_table"), (chunker, "_marks")):
        setattr(machine, name, Metered(getattr(machine, name), meter))
    meter.count = 0
    before = sys.gettrace()  # a coverage tool's, perhaps
    sys.settrace(meter.trace)
    for at in range(0, len(text), size):
        for piece in filters.push(text[at : at + size]):
            chunker.push(piece)
    for piece in filters.end():
        chunker.push(piece)
    chunker.end()
    sys.settrace(before)
    return meter.count


@pytest.mark.slow
@pytest.mark.parametrize("size", [1, 4, 10**6])
@pytest.mark.parametrize("unit", UNITS)
def test_twice_the_text_costs_at_most_twice(meter: Meter, unit: str, size: int) -> None:
    """For every mark over and over, for any deltas: lines executed plus characters looked at."""
    short = cost(meter, (unit * SIZE)[:SIZE], size)
    long = cost(meter, (unit * SIZE * 2)[: SIZE * 2], size)
    assert long <= 2.1 * short + 500


def test_words_without_an_end_cost_what_words_with_one_do(meter: Meter) -> None:
    """Nothing is looked at again for each token: 4,000 words without a mark, twice the cost of 2,000."""
    half, whole = cost(meter, "word " * 2_000, 5), cost(meter, "word " * 4_000, 5)
    assert whole <= 2.1 * half


def test_memory_has_a_bound(meter: Meter) -> None:
    """What is kept between deltas does not grow with the text."""
    del meter
    filters, chunker = clean.Clean(language="en"), phrases.Phrases(language="en")
    largest = 0
    for _ in range(3_000):
        for piece in filters.push("word, "):
            chunker.push(piece)
        kept = len(filters._reader.text) + len(chunker._buffer)  # pyright: ignore[reportPrivateUsage]
        largest = max(largest, kept)
    assert largest < 1_500
