"""`voiceflow chat`: type instead of talking."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from voiceflow.commands import _loop, _server, _tools

if TYPE_CHECKING:
    from voiceflow import Graph, TextSink

INSTRUCTIONS = "You are a helpful assistant. Be brief."
HELP = """\
A typed conversation with a model: the embedded one, or any server that speaks OpenAI's chat completions.
A line is a turn; an empty line or Ctrl-D ends.

  voiceflow chat
  voiceflow chat --model gpt-4o-mini                                   (the key is read from OPENAI_API_KEY)
  voiceflow chat --model llama3.2 --base-url http://localhost:11434/v1
  voiceflow chat --model llama3.2 --base-url http://localhost:11434/v1 --tools my_tools.py
  voiceflow chat --model gpt-4o-mini --agent my_agent.py
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--instructions", help=f"the system message (default: {INSTRUCTIONS})")
    _server.add_arguments(parser)
    _tools.add_argument(parser)
    _tools.add_agent(parser)


def main(args: argparse.Namespace) -> int:
    return _loop.run(_chat, args)


async def _chat(args: argparse.Namespace) -> int:
    from voiceflow import Session, TextSink

    graph = _graph(args, TextSink(lambda text: print(text, end="", flush=True)))
    failed = 0
    async with Session(graph, **_tools.speaks(args, INSTRUCTIONS)) as session:
        await session.finished()  # the agent may speak first
        while line := await _line():
            utterance = await session.send_text(line)
            print(flush=True)
            if utterance.error is not None:
                print(f"voiceflow chat: {utterance.error}", file=sys.stderr)
                failed = 1
            await session.finished()  # another agent may go on
    return failed


def _graph(args: argparse.Namespace, sink: TextSink) -> Graph:
    from voiceflow import Graph
    from voiceflow.nodes.llamacpp import LlamaCpp

    return Graph().connect(_server.llm(args) or LlamaCpp(), sink)


async def _line() -> str:
    """The next line that was typed, read in a thread that Ctrl-C leaves behind; empty at the end."""
    import trio

    def read() -> str:
        if sys.stdin.isatty():
            print("> ", end="", flush=True)
        return sys.stdin.readline()

    return (await trio.to_thread.run_sync(read, abandon_on_cancel=True)).strip()
