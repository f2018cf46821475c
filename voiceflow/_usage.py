"""A parser of the program's words that says, of what it does not know, what may have been meant."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn


class Parser(argparse.ArgumentParser):
    """As argparse has it; those of commands are of this kind too."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.set_defaults(parser=self)  # of the innermost command, which hides those around it

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """What these words say.

        Raises:
            SystemExit: as `parse_args`; of an option that is none the usage of its command is printed.
        """
        args, rest = self.parse_known_args(words)
        if rest:
            parser: Parser = args.parser
            parser._refuse(rest)
        return args

    def _refuse(self, words: Sequence[str]) -> NoReturn:
        first = words[0].partition("=")[0]
        self.error(f"unrecognized arguments: {' '.join(words)}{meant(first, self._option_string_actions)}")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            there = ", ".join(map(str, action.choices))
            told = f"invalid choice: {value!r}{meant(str(value), map(str, action.choices))} (choose from {there})"
            raise argparse.ArgumentError(action, told)


def meant(word: str, known: Iterable[str]) -> str:
    """A question that names the nearest of those known; empty where none is near."""
    from difflib import get_close_matches  # takes a while to import

    near = get_close_matches(word, list(known), 1)
    return f"; did you mean {near[0]}?" if near else ""
