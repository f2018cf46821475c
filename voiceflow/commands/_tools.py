"""The tools of a user's own file, which the model may call in `chat`, `talk` and `run`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from voiceflow.commands import _load
from voiceflow.errors import GraphError

if TYPE_CHECKING:
    from voiceflow.tools import Tool

WHERE = "tools that the model may call: file.py or module, for all in it, or file.py:name,name (may be repeated)"


def add_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tools", metavar="WHERE", action="append", default=[], help=WHERE)


def load(args: argparse.Namespace) -> list[Tool[..., Any]]:
    """What `--tools` names, each once.

    Raises:
        GraphError: there is no such file, module or tool, or it is no tool.
    """
    return list({id(tool): tool for where in args.tools for tool in _at(where)}.values())


def _at(where: str) -> list[Tool[..., Any]]:
    from voiceflow.tools import Tool

    path, _, names = where.rpartition(":") if ":" in where else (where, "", "")
    there = vars(_load.module(path))
    found: dict[str, Tool[..., Any]] = {name: each for name, each in there.items() if isinstance(each, Tool)}
    wanted = names.split(",") if names else list(found)
    missing = [name for name in wanted if name not in found]
    if missing or not wanted:
        what = f"no tool {missing[0]!r}" if missing else "no tools"
        told = ", ".join(found) or "nothing is marked with @tool"
        raise GraphError(f"--tools: {path} has {what}; there: {told}")
    return [found[name] for name in wanted]
