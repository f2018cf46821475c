"""`voiceflow graph`: draws a graph, or writes it as JSON."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voiceflow.commands import _load
from voiceflow.commands._settings import write_text
from voiceflow.errors import GraphError
from voiceflow.graph import Graph

if TYPE_CHECKING:
    from voiceflow.flow import Flow

HELP = """\
Draws a graph: its nodes, what flows between them, and where turns begin. Nothing is run and no model is loaded.

  voiceflow graph agent.py:build -o agent.svg       a picture
  voiceflow graph agent.py:build                    Mermaid, for a page or a pull request
  voiceflow graph agent.py:build -f json > g.json   to keep; `voiceflow run g.json` runs it
  voiceflow graph g.json -f dot | dot -Tpng > g.png
  voiceflow graph agent.py:flow -o flow.svg         a flow: its steps and the routes between them
"""
_FORMATS = ("mermaid", "dot", "svg", "json")
_SUFFIXES = {".mmd": "mermaid", ".md": "mermaid", ".dot": "dot", ".gv": "dot", ".svg": "svg", ".json": "json"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    _load.add_argument(parser)
    parser.add_argument("-f", "--format", choices=_FORMATS, help="default: what FILE's name says, or mermaid")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write here instead of the terminal")


def main(args: argparse.Namespace) -> int:
    form = args.format or _by_name(args.output)
    graph = _drawn(args.graph)
    if form == "json":
        from voiceflow.graph_json import to_json

        if not isinstance(graph, Graph):
            raise GraphError(
                f"{args.graph} gives a flow, which holds functions; expected mermaid, dot or svg as format"
            )
        text = json.dumps(to_json(graph), indent=2, ensure_ascii=False)
    else:
        from voiceflow import draw

        text = {"mermaid": draw.mermaid, "dot": draw.dot, "svg": draw.svg}[form](graph)
    if args.output is None:
        print(text)
        return 0
    return 0 if write_text(args.output, text + "\n") else 1


def _drawn(where: str) -> Graph | Flow[Any]:
    """A graph, or a flow where that is what is there."""
    if ":" in where and _load.is_flow(found := _load.either(where)):
        return found
    return _load.load(where).validate()


def _by_name(path: Path | None) -> str:
    if path is None:
        return "mermaid"
    if (suffix := path.suffix.lower()) not in _SUFFIXES:
        raise GraphError(
            f"--output {path}: expected a name that ends in {', '.join(_SUFFIXES)}, or --format with one of "
            f"{', '.join(_FORMATS)}; pictures of other kinds are made from dot: "
            "voiceflow graph GRAPH -f dot | dot -Tpng > graph.png"
        )
    return _SUFFIXES[suffix]
