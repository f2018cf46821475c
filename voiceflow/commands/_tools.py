"""Who speaks in `chat`, `talk` and `run`: an agent of a user's own file, or instructions and the tools of one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any, TypedDict

from voiceflow.commands import _load
from voiceflow.errors import GraphError

if TYPE_CHECKING:
    from voiceflow.agents import Agent
    from voiceflow.tools import Tool, ToolSource

WHERE = (
    "tools that the model may call, and servers of some (McpServer): file.py or module, for all in it, or "
    "file.py:name,name (may be repeated)"
)
AGENT = "who speaks: an Agent, or a function or class that gives one; file.py or module for what is called agent there"


class Speaks(TypedDict, total=False):
    """What a session is given of who speaks."""

    agent: Agent
    instructions: str
    tools: list[Tool[..., Any] | ToolSource]


def add_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tools", metavar="WHERE", action="append", default=[], help=WHERE)


def add_agent(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--agent", metavar="WHERE", help=AGENT)


def speaks(args: argparse.Namespace, instructions: str = "") -> Speaks:
    """What `--agent` names, or else `--instructions` (those given here by default) and `--tools`.

    Raises:
        GraphError: there is no such agent, or it is given instructions or tools besides.
    """
    if args.agent is None:
        return {"instructions": args.instructions or instructions, "tools": load(args)}
    if args.instructions is not None or args.tools:
        raise GraphError("an agent has its own instructions and tools; leave --instructions and --tools out")
    return {"agent": _agent(args.agent)}


def _agent(where: str) -> Agent:
    from voiceflow.agents import Agent

    path, _, name = where.rpartition(":") if ":" in where else (where, "", "agent")
    there = vars(_load.module(path))
    found = there.get(name)
    made = found() if callable(found) and not isinstance(found, Agent) else found
    if not isinstance(made, Agent):
        agents = ", ".join(each for each, value in there.items() if isinstance(value, Agent))
        raise GraphError(f"--agent: {path} has no agent {name!r}; there: {agents or 'none'}")
    return made


def load(args: argparse.Namespace) -> list[Tool[..., Any] | ToolSource]:
    """What `--tools` names, each once.

    Raises:
        GraphError: there is no such file, module or tool, or it is no tool.
    """
    return list({id(tool): tool for where in args.tools for tool in _at(where)}.values())


def _at(where: str) -> list[Tool[..., Any] | ToolSource]:
    from voiceflow.tools import Tool, ToolSource

    path, _, names = where.rpartition(":") if ":" in where else (where, "", "")
    there = vars(_load.module(path))
    found: dict[str, Tool[..., Any] | ToolSource] = {
        name: each for name, each in there.items() if isinstance(each, Tool | ToolSource)
    }
    wanted = names.split(",") if names else list(found)
    missing = [name for name in wanted if name not in found]
    if missing or not wanted:
        what = f"no tool {missing[0]!r}" if missing else "no tools"
        told = ", ".join(found) or "nothing is marked with @tool"
        raise GraphError(f"--tools: {path} has {what}; there: {told}")
    return [found[name] for name in wanted]
