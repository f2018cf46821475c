"""`voiceflow talk`: a conversation by microphone and loudspeaker."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from voiceflow.commands import _loop, _server, _tools
from voiceflow.commands._settings import add_trace
from voiceflow.errors import ProviderError

if TYPE_CHECKING:
    from voiceflow import Graph, Session
    from voiceflow.commands._meters import Meters
    from voiceflow.machines.echo import EchoControl, PushToTalk
    from voiceflow.nodes.sounddevice import LocalAudio

INSTRUCTIONS = "You are a friendly voice assistant. Answer in two or three short sentences."
HELP = """\
Talk with the agent by microphone and loudspeaker; Ctrl-C ends. Wants libportaudio2 and voiceflow[devices].

  voiceflow talk
  voiceflow talk --list-devices
  voiceflow talk --input headset --output headset --no-echo-cancellation
  voiceflow talk --model gpt-4o-mini --record call.wav          (the key is read from OPENAI_API_KEY)

The agent does not hear itself: WebRTC's echo canceller takes its voice out of the microphone (voiceflow[echo]). Where
that is not installed the microphone is closed while the agent speaks, so that it cannot be interrupted by voice. With
--push-to-talk the space bar opens the microphone, and interrupts the agent; the space bar again closes it. With
headphones there is nothing to cancel: --no-echo-cancellation.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--input", metavar="DEVICE", help="the microphone: a part of its name, or its number")
    parser.add_argument("--output", metavar="DEVICE", help="the loudspeaker: a part of its name, or its number")
    parser.add_argument("--list-devices", action="store_true", help="print the devices that there are, and end")
    echo = parser.add_mutually_exclusive_group()
    echo.add_argument("--push-to-talk", action="store_true", help="hear only between two strokes of the space bar")
    echo.add_argument("--half-duplex", action="store_true", help="close the microphone while the agent speaks")
    echo.add_argument("--no-echo-cancellation", action="store_true", help="hear everything, always: for headphones")
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep the call: you on the left, the agent right")
    add_trace(parser)
    parser.add_argument("--instructions", help=f"the system message (default: {INSTRUCTIONS})")
    parser.add_argument("--greeting", metavar="TEXT", help="what the agent says first")
    _server.add_arguments(parser)
    _tools.add_argument(parser)
    _tools.add_agent(parser)


def main(args: argparse.Namespace) -> int:
    if args.list_devices:
        return _list()
    _loop.run(_talk, args)
    return 0


def _list() -> int:
    from voiceflow.nodes.sounddevice import devices

    found = devices()
    for device in found:
        ends = [
            *([f"microphone{' (default)' if device.default[0] else ''}"] if device.inputs else []),
            *([f"loudspeaker{' (default)' if device.default[1] else ''}"] if device.outputs else []),
        ]
        print(f"{device.index:3}  {device.name}  [{device.host}, {device.rate} Hz]  {', '.join(ends)}")
    if not found:
        print("this machine shows no audio devices; connect one, or start PulseAudio or PipeWire", file=sys.stderr)
    return 0 if found else 1


def _device(asked: str | None) -> str | int | None:
    return int(asked) if asked is not None and asked.isdigit() else asked


def _echo(args: argparse.Namespace) -> tuple[EchoControl | None, str]:
    """What stands between loudspeaker and microphone, and a line that says so."""
    from importlib.util import find_spec

    from voiceflow.machines.echo import HalfDuplex, PushToTalk

    if args.no_echo_cancellation:
        return None, "no echo cancellation: wear headphones"
    if args.push_to_talk:
        return PushToTalk(), "the space bar opens the microphone, and closes it"
    if args.half_duplex or find_spec("livekit") is None:
        hint = "" if args.half_duplex else "; pip install 'voiceflow[echo]' to be able to interrupt it"
        return HalfDuplex(), f"the microphone is closed while the agent speaks{hint}"
    from voiceflow.nodes.livekit_apm import EchoCanceller

    return EchoCanceller(), "echo cancellation by WebRTC"


def _graph(args: argparse.Namespace, audio: LocalAudio, meters: Meters) -> Graph:
    from voiceflow import Speaker
    from voiceflow.commands._settings import given_by
    from voiceflow.graphs.cascade import build
    from voiceflow.nodes.recorder import Recorder

    speaker = Speaker(audio.loudspeaker)
    graph = build(audio.microphone.audio, llm=_server.llm(args), speaker=speaker)
    if args.record is not None:
        with given_by("--record"):
            recorder = Recorder(str(args.record))
        graph.connect(audio.microphone.audio, recorder.caller).connect(speaker.audio, recorder.agent)
    meters.listen_to(graph)
    graph.tap(audio.microphone.audio, meters.hears)
    graph.tap(speaker.audio, meters.plays)
    return graph


async def _talk(args: argparse.Namespace) -> None:
    from contextlib import AsyncExitStack, ExitStack

    from rich.console import Console

    from voiceflow import Session, Trace
    from voiceflow.commands._meters import Meters
    from voiceflow.commands._settings import check_output, keep_trace
    from voiceflow.machines.echo import PushToTalk
    from voiceflow.nodes.sounddevice import LocalAudio

    console, trace = Console(highlight=False), Trace()
    echo, line = _echo(args)
    hand = echo if isinstance(echo, PushToTalk) else None
    check_output(args.trace)
    check_output(args.record)
    audio, meters = LocalAudio(_device(args.input), _device(args.output), echo=echo), Meters(console, hand=hand)
    async with AsyncExitStack() as stack:
        if hand is not None:
            stack.enter_context(keys())
        session = Session(_graph(args, audio, meters), **_tools.speaks(args, INSTRUCTIONS), trace=trace)
        kept = stack.enter_context(ExitStack())  # left after the session
        with console.status("loading the models"):
            await stack.enter_async_context(session)
        keep_trace(kept, args, trace)
        trace.subscribe(meters)
        await _converse(args.greeting, line, session, meters, hand)


async def _converse(greeting: str | None, line: str, session: Session, meters: Meters, hand: PushToTalk | None) -> None:
    """Until Ctrl-C, which from here on is a wish and no error."""
    import signal

    import trio

    from voiceflow._frozen import frozen

    with trio.open_signal_receiver(signal.SIGINT) as signals, meters, frozen():
        meters.console.print(f"[dim]{line}; Ctrl-C ends[/dim]")
        if greeting:
            session.say(greeting)
        async with trio.open_nursery() as nursery:
            if hand is not None:
                nursery.start_soon(_obey, hand, session)
            async for _ in signals:
                nursery.cancel_scope.cancel(reason="Ctrl-C")


async def _obey(hand: PushToTalk, session: Session) -> None:
    """The space bar opens the microphone and closes it."""
    import os

    import trio

    while True:
        await trio.lowlevel.wait_readable(sys.stdin.fileno())
        for key in os.read(sys.stdin.fileno(), 64):
            if key == ord(" "):
                hand.held = not hand.held
                if hand.held:
                    session.interrupt()


@contextmanager
def keys() -> Generator[None]:
    """The terminal gives every key as it is struck, and shows none; as before when this is left."""
    import termios
    import tty

    if not sys.stdin.isatty():
        raise ProviderError("--push-to-talk reads the space bar, and this is no terminal", retryable=False)
    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)  # Ctrl-C stays a signal
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
