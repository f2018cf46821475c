"""Numbers that are said in words, in the words of one language."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from voiceflow.machines.spoken.vocabulary import Vocabulary

_LONGEST = 9
"""Words that a number may have: "dois mil e novecentos e noventa e nove" has eight."""

_YEARS = range(10, 100)


def numerals(words: Sequence[str], of: Vocabulary) -> list[str]:
    """The numbers below a hundred that these words say, in digits as they are written; other words are passed over.

    "four two, double five, twenty one" is 4, 2, 55, 21.
    """
    found: list[str] = []
    place, times = 0, 1
    while place < len(words):
        word = words[place]
        number, size = (word, 1) if word.isdigit() else _longest(words, place, of.below_hundred.get)
        if number is not None:
            found.append(str(number) * times)
        times = of.times.get(word, 1)
        place += size
    return found


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
