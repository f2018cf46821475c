"""`voiceflow run`: runs a graph of the user's own."""

from __future__ import annotations

import argparse

from voiceflow.commands import _load, _loop, _tools
from voiceflow.commands._settings import add_trace, duration

HELP = """\
Runs a graph until its sources have ended and nothing is left to say; Ctrl-C ends it at once. What is said is shown,
and at the end how long it ran.

  voiceflow run agent.py:build                a function `build` in the file agent.py
  voiceflow run mycompany.agents:support      a function in a module
  voiceflow run graph.json                    a graph that `voiceflow graph --format json` wrote
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    _load.add_argument(parser)
    _tools.add_argument(parser)
    _tools.add_agent(parser)
    parser.add_argument("--instructions", help="the system message that the conversation starts with")
    parser.add_argument("--for", dest="seconds", type=duration, metavar="SECONDS", help="end after so long")
    add_trace(parser)


def main(args: argparse.Namespace) -> int:
    _loop.run(_run, args)
    return 0


async def _run(args: argparse.Namespace) -> None:
    import time
    from contextlib import ExitStack

    import trio
    from rich.console import Console

    from voiceflow import Session, Trace
    from voiceflow._frozen import frozen
    from voiceflow.commands._settings import check_output, keep_trace
    from voiceflow.observe.screen import Screen

    check_output(args.trace)
    graph = _load.load(args.graph)
    console, trace = Console(highlight=False), Trace()
    screen = Screen(console)
    screen.listen_to(graph)
    console.print(f"[dim]{' → '.join(graph.nodes)}[/dim]")
    with ExitStack() as stack:
        trace.subscribe(screen)
        stack.enter_context(screen)
        began = time.monotonic()
        async with Session(graph, **_tools.speaks(args), trace=trace) as session:
            keep_trace(stack, args, trace)
            with frozen(), trio.move_on_after(args.seconds if args.seconds is not None else float("inf")):
                await session.finished()
    console.print(f"[dim]ended after {time.monotonic() - began:.1f} s; turns: {len(screen.times.turns)}[/dim]")
