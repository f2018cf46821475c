"""`voiceflow serve`: calls from a page, a program or a telephone, on one port."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from voiceflow.commands import _load, _loop, _server, _tools
from voiceflow.commands._settings import given, make_folder
from voiceflow.errors import GraphError

if TYPE_CHECKING:
    from voiceflow.serve.agent import ServedAgent
    from voiceflow.serve.ice import IceServer
    from voiceflow.serve.server import Server

HELP = """\
Serves calls on one port: a page to talk from at /, WebSocket at /ws, WebRTC at /rtc, telephone providers below
/telephony. Wants voiceflow[serve]; WebRTC wants voiceflow[rtc] besides.

  voiceflow serve                                  the embedded agent; open http://127.0.0.1:8080/ and talk
  voiceflow serve agent.py:build --port 9000       an agent of your own, made anew for each call by
                                                   def build(audio: Outlet[Audio], speaker: Sink) -> Graph
  voiceflow serve --model gpt-4o-mini --agent my_agent.py
                                                   an agent of instructions and tools, by def agent() -> Agent
  voiceflow serve --host 0.0.0.0                   for other machines too: VOICEFLOW_SECRET must be set, and callers
                                                   need a token
  voiceflow serve --make-token 600                 print a token that is good for ten minutes, and end
  voiceflow serve --make-token 600 --room kitchen --name Ann
                                                   one for that seat in that room, and for nothing else
  voiceflow serve --ice stun:stun.example.com:3478 --ice turn:turn.example.com
                                                   for WebRTC through firewalls; what a relay wants is taken from
                                                   VOICEFLOW_TURN_SECRET, or _USER and _PASSWORD

It tells its health at /health, whether it takes calls at /ready, Prometheus' metrics at /metrics, and the calls under
way at /calls. SIGTERM lets calls end: no new ones begin, and after --drain seconds those that are left are hung up.
Ctrl-C ends at once.
"""
INSTRUCTIONS = "You are a friendly voice assistant. Answer in two or three short sentences."
_SERVED = "module:build or file.py:build, called as build(audio, speaker=speaker); an agent is given by --agent file.py"
_SECRET = "VOICEFLOW_SECRET"
_LONGEST = 10 * 366 * 86_400
"""Seconds: ten years, which is for ever."""
_TURN = "VOICEFLOW_TURN_"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("graph", metavar="GRAPH", nargs="?", help="module:build or file.py:build; the embedded agent")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: this machine alone)")
    parser.add_argument("--port", type=_port, default=8080, help="default: %(default)s; 0: any that is free")
    parser.add_argument(
        "--origin",
        action="append",
        default=[],
        type=_origin,
        metavar="URL",
        help="a page or a tunnel that may be used besides our own, such as https://example.com; again for more",
    )
    parser.add_argument("--calls", type=int, default=50, metavar="N", help="at most so many at once (default: 50)")
    parser.add_argument("--limit", type=float, default=3600.0, metavar="SECONDS", help="of one call (default: 3600)")
    parser.add_argument("--drain", type=float, default=30.0, metavar="SECONDS", help="for calls to end (default: 30)")
    parser.add_argument("--record", type=Path, metavar="FOLDER", help="keep each call here: sound, trace and words")
    parser.add_argument(
        "--record-as",
        choices=("wav", "flac", "ogg"),
        default="wav",
        help="the format of its sound (default: %(default)s)",
    )
    parser.add_argument(
        "--redact",
        choices=("none", "words", "all"),
        default="none",
        help="what to keep out of recorded traces; with any but none, sound and words are not kept",
    )
    parser.add_argument("--make-token", type=_while, metavar="SECONDS", help="print a token, and end")
    parser.add_argument("--room", default="", help="with --make-token: good for this room alone")
    parser.add_argument("--name", default="", help="with --room: who comes in with it")
    parser.add_argument(
        "--ice",
        action="append",
        default=[],
        metavar="URL",
        help="a server for WebRTC, stun:HOST:PORT or turn:HOST:PORT; again for more",
    )
    parser.add_argument("--instructions", help=f"the system message (default: {INSTRUCTIONS})")
    parser.add_argument("--greeting", default="", metavar="TEXT", help="what the agent says first")
    _server.add_arguments(parser)
    _tools.add_argument(parser)
    _tools.add_agent(parser)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is 0 to 65535; got {text}")
    return int(text)


def _origin(text: str) -> str:
    """As browsers send it: what a page's address has in front of its path."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/") or parts.query:
        raise argparse.ArgumentTypeError("an origin is http://HOST or https://HOST, with a port if it has one")
    return f"{parts.scheme}://{parts.netloc}"


def _while(text: str) -> float:
    value = float(text)
    if not 0 < value <= _LONGEST:
        raise argparse.ArgumentTypeError(f"a token is good for more than 0 and at most {_LONGEST} s; got {text}")
    return value


def main(args: argparse.Namespace) -> int:
    if args.make_token is not None:
        return _make_token(args.make_token, args.room, args.name)
    if args.room or args.name:
        raise GraphError("--room and --name are a token's: give --make-token too")
    _check_installed()
    server = _made(args)
    _loop.run(_serve, server)
    return 0


def _make_token(seconds: float, room: str, name: str) -> int:
    import time

    from voiceflow.machines.room import LONGEST_NAME, good_name
    from voiceflow.serve.tokens import Tokens

    if name and not room:
        raise GraphError("--name is one in a room: give --room too")
    if not all(good_name(each) for each in (room, name) if each):
        raise GraphError(f"--room and --name are 1 to {LONGEST_NAME} characters that can be printed")
    secret = os.environ.get(_SECRET, "")
    if not secret:
        raise GraphError(f"a token is made with the server's secret: set {_SECRET}")
    print(Tokens(secret).make(time.time() + seconds, room=room, name=name))
    return 0


def _check_installed() -> None:
    from importlib.util import find_spec

    for module in ("starlette", "hypercorn"):
        if find_spec(module) is None:
            raise GraphError(f"the package {module} is not installed: pip install 'voiceflow[serve]'")


def served(args: argparse.Namespace) -> ServedAgent:
    """What makes the session of each call."""
    from functools import partial

    from voiceflow.graphs.cascade import build
    from voiceflow.serve.agent import ServedAgent

    speaks = _tools.speaking(args, INSTRUCTIONS, each=True)
    if args.graph is None:
        return ServedAgent(build=partial(build, llm=_server.llm(args)), where="the embedded agent", speaks=speaks)
    if idle := given(args, "model", "base-url", "key-env"):
        raise GraphError(f"{args.graph} has its own model; leave {', '.join(idle)} out, or the graph")
    options = given(args, "agent", "instructions", "tools")
    return ServedAgent(build=_load.function(args.graph, _SERVED), where=args.graph, speaks=speaks, options=options)


def _made(args: argparse.Namespace) -> Server:
    from voiceflow.commands._settings import given_by
    from voiceflow.serve.calls import Calls
    from voiceflow.serve.limits import Limits
    from voiceflow.serve.recording import Recordings
    from voiceflow.serve.server import Server
    from voiceflow.serve.tokens import Tokens

    secret = os.environ.get(_SECRET, "")
    with given_by("--calls, --limit, --drain"):
        limits = Limits(calls=args.calls, seconds=args.limit, drain=args.drain, burst=float(args.calls))
    agent = served(args)
    agent.check()
    recordings = None
    if args.record is not None:
        make_folder("--record", args.record)
        recordings = Recordings(args.record, args.redact, args.record_as)
    calls = Calls(agent, limits, args.greeting, recordings)
    tokens = Tokens(secret) if secret else None
    return Server(calls, args.host, args.port, origins=tuple(args.origin), tokens=tokens, ice=_ice(args.ice))


def _ice(urls: list[str]) -> tuple[IceServer, ...]:
    from importlib.util import find_spec

    from voiceflow.serve.ice import IceServer

    if urls and find_spec("aiortc") is None:
        raise GraphError("--ice is for WebRTC, which is not installed: pip install 'voiceflow[rtc]'")
    user, password, secret = (os.environ.get(_TURN + name, "") for name in ("USER", "PASSWORD", "SECRET"))
    try:
        return tuple(IceServer(url, user=user, password=password, secret=secret) for url in urls)
    except GraphError as error:
        raise GraphError(f"--ice: {error} ({_TURN}SECRET; or {_TURN}USER and {_TURN}PASSWORD)") from None


async def _serve(server: Server) -> None:
    import signal

    import trio

    from voiceflow._frozen import swept
    from voiceflow.serve.ear import Ear
    from voiceflow.serve.mouth import Mouth

    print("loading the models", file=sys.stderr)
    async with server.calls.make(Ear(), Mouth()):
        pass  # what the nodes of a call load, they load once for all calls
    with trio.open_signal_receiver(signal.SIGTERM) as signals:
        async with swept(), server.open() as url:
            token = server.token(3600.0)
            print(f"{url}{f'?token={token}' if token else ''}", flush=True)
            async for _ in signals:
                print("ending: no more calls; those under way may end", file=sys.stderr)
                await server.drain()
                return
