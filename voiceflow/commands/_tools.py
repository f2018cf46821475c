"""Who speaks in `chat`, `talk`, `run` and `serve`: an agent of a user's file, or instructions and the tools of one."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypedDict, TypeGuard

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
        GraphError: there is no such agent, or what it has itself is given besides.
    """
    return speaking(args, instructions)()


def speaking(args: argparse.Namespace, instructions: str = "", *, each: bool = False) -> Callable[[], Speaks]:
    """Says who speaks, as `speaks` does; anew whenever it is called, if `each` of many calls wants an agent of its own.

    Raises:
        GraphError: as `speaks`; or there is one agent for `each`.
    """
    if args.agent is None:
        return lambda: {"instructions": args.instructions or instructions, "tools": load(args)}
    if args.instructions is not None or args.tools:
        raise GraphError("an agent has its own instructions and tools; leave --instructions and --tools out")
    found = _found(args.agent)
    if each and not callable(found):
        raise GraphError(
            f"--agent: {args.agent} is one agent, and each call wants its own; give a function or class that makes one"
        )

    def speaks() -> Speaks:
        agent = _made(args.agent, found)
        if agent.llm is not None and getattr(args, "model", None) is not None:
            raise GraphError(f"--agent: {args.agent} has its own model, {agent.llm.name}; leave --model out")
        return {"agent": agent}

    return speaks


def _found(where: str) -> object:
    """The agent at `where`, or what gives one."""
    path, name = _parted(where)
    module = _load.module(path, "file.py, module, or either with a name behind it: file.py:agent")
    found: object = vars(module).get(name)
    if not _is_agent(found) and not callable(found):
        agents = {each for each, value in vars(module).items() if _is_agent(value)}
        told = ", ".join(sorted(agents.union(_load.functions(module))))
        raise GraphError(f"--agent: {path} has no agent {name!r}; there: {told or 'none'}")
    return found


def _made(where: str, found: object) -> Agent:
    made = _load.called(found, f"--agent: {where}") if callable(found) else found
    if not _is_agent(made):
        path, name = _parted(where)
        raise GraphError(f"--agent: {name!r} of {path} gives a {type(made).__name__}; expected an Agent")
    return made


def _parted(where: str) -> tuple[str, str]:
    path, colon, name = where.rpartition(":")
    return (path, name) if colon else (where, "agent")


def _is_agent(value: object) -> TypeGuard[Agent]:
    from voiceflow.agents import Agent

    return isinstance(value, Agent)


def load(args: argparse.Namespace) -> list[Tool[..., Any] | ToolSource]:
    """What `--tools` names, each once.

    Raises:
        GraphError: there is no such file, module or tool, or it is no tool.
    """
    return list({id(tool): tool for where in args.tools for tool in _at(where)}.values())


def _at(where: str) -> list[Tool[..., Any] | ToolSource]:
    from voiceflow.tools import Tool, ToolSource

    path, _, names = where.rpartition(":") if ":" in where else (where, "", "")
    there = vars(_load.module(path, "file.py, module, or either with names behind it: file.py:name,name"))
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
