"""Numbers that are said in words, in the words of one language."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voiceflow.machines.spoken.vocabulary import Vocabulary

_LONGEST = 9
"""Words that a number may have: "dois mil e novecentos e noventa e nove" has eight."""

_YEARS = range(10, 100)


def numerals(words: Sequence[str], of: Vocabulary) -> list[str]:
    """The numbers below ten thousand that these words say, in digits as they are written; others are passed over.

    "four two, double five, twenty one" is 4, 2, 55, 21, and "eight hundred five five five" 800, 5, 5, 5.
    """
    found: list[str] = []
    place, times = 0, 1
    while place < len(words):
        word = words[place]
        number, size = (word, 1) if word.isdigit() else _numeral(words, place, of)
        if number is not None:
            found.append(str(number) * times)
        times = of.times.get(word, 1)
        place += size
    return found


def _numeral(words: Sequence[str], place: int, of: Vocabulary) -> tuple[int | None, int]:
    """The longest number from a place on, and of how many words; a last digit that goes with what follows is left."""

    def find(joined: str) -> int | None:
        small, number = of.below_hundred.get(joined), number_in(joined, of)
        return number if small is None and number is not None and number >= 100 else small

    number, size = _longest(words, place, find)
    *before, last, after = [*words[place : place + size + 1], ""][: size + 1]
    digit = _digit(last, of)
    if number is None or number < 100 or not digit or before[-1] == of.joint:
        return number, size
    listed = number % 100 < 10 and (_digit(after, of) is not None or after in of.times)
    return (number - digit, size - 1) if listed or of.large.fullmatch(after) else (number, size)


def _digit(word: str, of: Vocabulary) -> int | None:
    number = of.below_hundred.get(word, 10)
    return number if number < 10 else None


def numbers(words: Sequence[str], of: Vocabulary) -> list[int]:
    """What numbers these words say: 3, "third", "twenty first", "two thousand twenty six", "twenty twenty six"."""
    found: list[int] = []
    place, years = 0, range(0)
    """`years`: what belongs to the number before it: "nineteen ninety nine", "twenty oh six"."""
    while place < len(words):
        word = words[place]
        if word.isdigit():
            found += [int(word)] if len(word) <= 4 else []
            place, years = place + 1, range(0)
            continue
        day, size = _longest(words, place, of.nth.get)
        number, longer = _longest(words, place, lambda joined: number_in(joined, of))
        place += max(size, longer)
        if day is not None:
            found.append(day)
        elif number == 0 and years == _YEARS:
            years = range(1, 10)
            continue
        elif number is not None and number in years:
            found[-1] = 100 * found[-1] + number
        elif number is not None:
            found.append(number)
        years = _YEARS if day is None and number in (19, 20) else range(0)
    return found


def number_in(joined: str, of: Vocabulary) -> int | None:
    """The number below ten thousand that these words say, which are written as one."""
    parts = of.number.fullmatch(joined) if joined else None
    if parts is None:
        return None
    thousands, times, rest = (
        of.number_of.get(parts[name] or "", other) for name, other in (("thousands", 1), ("times", 1), ("rest", 0))
    )
    hundreds = of.hundreds_of.get(parts["hundreds"] or "", 100 * times if parts["hundred"] else 0)
    value = (1000 * thousands if parts["thousand"] else 0) + hundreds + rest
    return value if value < 10_000 else None


def _longest(words: Sequence[str], place: int, find: Callable[[str], int | None]) -> tuple[int | None, int]:
    """What most words from a place on are, joined, and how many they are; None and one, if they are nothing."""
    for size in range(min(_LONGEST, len(words) - place), 0, -1):
        found = find("".join(words[place : place + size]))
        if found is not None:
            return found, size
    return None, 1
