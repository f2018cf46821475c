"""Where a word may be divided, by the hyphenation patterns of LibreOffice (pyphen)."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from itertools import pairwise
from typing import Any, Protocol, cast

from voiceflow.errors import GraphError


class _Pyphen(Protocol):
    def positions(self, word: str) -> list[int]: ...


def _pyphen() -> Any:
    return import_module("pyphen")  # without type information; loaded when it is first used


def languages() -> tuple[str, ...]:
    """The codes that have patterns ("de_DE", "en_US", ...)."""
    return tuple(sorted(cast(dict[str, object], _pyphen().LANGUAGES)))


@cache
def _patterns(language: str) -> _Pyphen:
    found = cast(str | None, _pyphen().language_fallback(language.replace("-", "_")))
    if found is None:
        raise GraphError(f"no hyphenation patterns for {language!r}; there are some for {', '.join(languages())}")
    return cast(_Pyphen, _pyphen().Pyphen(lang=found))


def hyphenate(word: str, language: str = "en") -> list[str]:
    """The parts of a word between which it may be divided: ["hy", "phen", "ation"].

    Raises:
        GraphError: the language has no patterns.
    """
    cuts = [0, *_patterns(language).positions(word), len(word)]
    return [word[start:stop] for start, stop in pairwise(cuts)]
