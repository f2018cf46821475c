"""`voiceflow chat`: type instead of talking."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from voiceflow.commands import _load, _loop, _server, _tools
from voiceflow.commands._settings import given
from voiceflow.errors import GraphError

if TYPE_CHECKING:
    from voiceflow import Graph, Node, TextSink

INSTRUCTIONS = "You are a helpful assistant. Be brief."
HELP = """\
A typed conversation with a model: the embedded one, or any server that speaks OpenAI's chat completions.
A line is a turn; an empty line or Ctrl-D ends.

  voiceflow chat
  voiceflow chat --model gpt-4o-mini                                   (the key is read from OPENAI_API_KEY)
  voiceflow chat --model llama3.2 --base-url http://localhost:11434/v1
  voiceflow chat --model llama3.2 --base-url http://localhost:11434/v1 --tools my_tools.py
  voiceflow chat --flow voiceflow.graphs.pizza_order:flow                             (a flow leads the conversation)
  voiceflow chat --model gpt-4o-mini --agent my_agent.py
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--instructions", help=f"the system message (default: {INSTRUCTIONS})")
    parser.add_argument("--flow", metavar="FLOW", help=_load.FLOW)
    _server.add_arguments(parser)
    _tools.add_argument(parser)
    _tools.add_agent(parser)


def main(args: argparse.Namespace) -> int:
    return _loop.run(_chat, args)


async def _chat(args: argparse.Namespace) -> int:
    from voiceflow import Session, TextSink
    from voiceflow.flow import FlowNode

    graph = _graph(args, TextSink(lambda text: print(text, end="", flush=True)))
    flow = next((node for node in graph.nodes.values() if isinstance(node, FlowNode)), None)
    answered, failed = False, 0
    async with Session(graph, **_tools.speaks(args, INSTRUCTIONS)) as session:
        await session.finished()  # the agent, or a flow, may speak first
        if any(message.role == "assistant" for message in session.history):
            print(flush=True)
        while not (flow is not None and flow.point.ended) and (line := await _line()):
            utterance = await session.send_text(line)
            print(flush=True)
            if utterance.error is None:
                answered = True
            else:
                _complain(utterance.error, answered)
                failed = 1
            await session.finished()  # another agent may go on
    return failed


def _complain(error: Exception, answered: bool) -> None:
    """Say why there is no answer. The next line may have one, but for what was wrong from the beginning.

    Raises:
        ProviderError: asking again is of no use, and nothing was `answered` before: no key, say, or no such model.
    """
    from voiceflow import ProviderError

    cause = error.__cause__ if isinstance(error.__cause__, ProviderError) else error
    if isinstance(cause, ProviderError) and cause.failure == "permanent" and not answered:
        raise cause
    print(f"voiceflow chat: {cause}", file=sys.stderr)


def _graph(args: argparse.Namespace, sink: TextSink) -> Graph:
    from voiceflow import Graph

    return Graph().connect(_model(args) if args.flow is None else _led(args), sink)


def _model(args: argparse.Namespace) -> Node:
    from voiceflow.nodes.llamacpp import LlamaCpp

    return _server.llm(args) or LlamaCpp()


def _led(args: argparse.Namespace) -> Node:
    """A flow; with a model where it wants one.

    Raises:
        GraphError: there is none, or what was given besides would do nothing.
    """
    from voiceflow.flow import FlowNode

    if args.agent is not None:
        raise GraphError(
            "a flow and an agent cannot both lead; leave --flow or --agent out, or have the agent bring the flow: "
            "Agent(llm=FlowNode(flow))"
        )
    flow = _load.flow(args.flow)
    if flow.wants_model:
        return FlowNode(flow, model=_model(args))
    if idle := given(args, "model", "base-url", "key-env", "instructions", "tools"):
        raise GraphError(f"--flow: {args.flow} goes by its own rules and asks no model; leave {', '.join(idle)} out")
    return FlowNode(flow)


async def _line() -> str:
    """The next line that was typed, read in a thread that Ctrl-C leaves behind; empty at the end."""
    import trio

    def read() -> str:
        if sys.stdin.isatty():
            print("> ", end="", flush=True)
        return sys.stdin.readline()

    return (await trio.to_thread.run_sync(read, abandon_on_cancel=True)).strip()
