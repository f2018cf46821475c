"""What the benchmarks print and write, and how they are stopped."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from voiceflow.bench.tables import Section

Page = Callable[[str, Sequence["Section"]], str]


def stderr() -> Console:
    from rich.console import Console

    return Console(stderr=True, highlight=False, markup=False)


def teller(notes: Console) -> Callable[[str], object]:
    """Prints a line of progress."""
    return lambda line: notes.print(line, style="dim")


def until_interrupted(run: Callable[[], object]) -> bool:
    """Whether Ctrl-C ended it."""
    try:
        run()
    except KeyboardInterrupt:
        return True
    return False


def show(args: argparse.Namespace, console: Console, tables: Sequence[Section], page: Page | None = None) -> None:
    """The tables in the terminal, and where else they were asked for; `page` makes a page that is more than these."""
    from voiceflow.bench.page import tables_page
    from voiceflow.bench.tables import to_markdown, to_terminal

    to_terminal(console, tables)
    write(args.markdown, to_markdown(tables))
    if args.html is not None:
        write(args.html, (page or tables_page)(f"voiceflow bench {args.graph or ''}".strip(), tables))


def write(path: Path | None, text: str) -> None:
    if path is not None:
        path.write_text(text, encoding="utf-8")
