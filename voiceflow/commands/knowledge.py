"""`voiceflow knowledge`: put documents into a store, and look something up in it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from voiceflow.commands import _loop

if TYPE_CHECKING:
    from voiceflow.knowledge import Step

HELP = """\
Makes a store of documents, from which an agent looks up what a caller asks (see docs/knowledge.md).

  voiceflow knowledge add help.db docs/             text, Markdown, HTML and PDF files below a folder
  voiceflow knowledge add --vectors help.db docs/   a new store that finds English passages by their meaning, too
  voiceflow knowledge search help.db "opening hours"

Adding a folder again reads only what has changed, and removes what is not there any more. A PDF or a page of HTML
wants: pip install 'voiceflow[knowledge]'. Vectors want voiceflow[embedded], and: voiceflow models fetch minilm-l6
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser("add", help="take in the documents of a folder")
    add.add_argument("store", type=Path, metavar="STORE", help="the store's file; made where there is none")
    add.add_argument("--vectors", action="store_true", help="make a store that finds by meaning, too (English)")
    add.add_argument("folder", type=Path, metavar="FOLDER", help="a folder, or one document")
    search = actions.add_parser("search", help="look something up")
    search.add_argument("store", type=Path, metavar="STORE", help="the store's file")
    search.add_argument("question", metavar="QUESTION", help="what a caller may ask")
    search.add_argument("-n", "--limit", type=_many, default=3, metavar="N", help="how many passages (default 3)")


def _many(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"1 or more; got {text}")
    return int(text)


def main(args: argparse.Namespace) -> int:
    with _loop.raised():  # a document is in the store whole or not at all
        return _add(args) if args.action == "add" else _search(args)


def _add(args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.progress import Progress

    from voiceflow.knowledge import MiniLM, Store
    from voiceflow.knowledge.documents import READERS

    left_out: list[str] = []
    console = Console(stderr=True)
    made = Store.open(args.store, create=True, embedding=MiniLM() if args.vectors else None)
    with made as store, Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("reading", total=None)

        def report(step: Step) -> None:
            bar.update(task, total=step.total, completed=step.done, description=step.path.name)
            if step.error:
                left_out.append(step.error)

        written = store.add(args.folder, report=report)
        held = len(store)
    print(f"{args.store}: {written} passages written, {held} in all", file=sys.stderr)
    for error in left_out:
        print(f"left out: {error}", file=sys.stderr)
    if not held and not left_out:
        print(f"{args.folder} has no text in files that end in {', '.join(READERS)}", file=sys.stderr)
    return 1 if left_out else 0


def _search(args: argparse.Namespace) -> int:
    from voiceflow.knowledge import Store

    with Store.open(args.store) as store:
        hits = store.search(args.question, args.limit)
    for place, hit in enumerate(hits, 1):  # a score says nothing to who sees no other
        print(f"{place}. {hit.passage.title or '-'}  ({hit.passage.source})\n{hit.passage.text}\n")
    if not hits:
        print("nothing fits", file=sys.stderr)
    return 0 if hits else 1
