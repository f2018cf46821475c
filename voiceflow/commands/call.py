"""`voiceflow call`: plays a phone provider against a server that answers calls."""

from __future__ import annotations

import argparse
import math
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from voiceflow.commands import _loop
from voiceflow.commands._settings import check_output, duration, given_by
from voiceflow.errors import GraphError, ProviderError

if TYPE_CHECKING:
    from voiceflow import Graph
    from voiceflow.commands._telephone import Key, Telephone
    from voiceflow.machines.telephony.ends import ProviderEnd

HELP = """\
Calls a server as a phone provider does, without a phone: opens a media stream to it, speaks a sound file (or your
microphone) as the caller, plays what the agent sends in real time, tells its marks when they have played, and is
silent when it is told to. What happens is printed; what was heard is kept, the caller left and the agent right.

  voiceflow call ws://127.0.0.1:8080/telephony/twilio --as twilio --input question.wav -o call.wav
  voiceflow call ws://127.0.0.1:8080/telephony/telnyx --as telnyx --encoding PCMA --input question.wav
  voiceflow call ws://127.0.0.1:8080/telephony/plivo --as plivo --input question.wav --keys 1234#@2.5
  voiceflow call ws://127.0.0.1:8080/telephony/vonage --as vonage        (microphone and loudspeaker; Ctrl-C hangs up)

Status 0: the agent was heard, and the server kept to the protocol and closed the call properly if it did.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("url", metavar="URL", help="where the server takes such streams: ws://... or wss://...")
    parser.add_argument(
        "--as",
        dest="provider",
        required=True,
        choices=("twilio", "telnyx", "plivo", "exotel", "vonage"),
        help="the provider whose protocol is spoken",
    )
    parser.add_argument("--input", type=Path, metavar="FILE", help="what the caller says; else the microphone")
    parser.add_argument("--microphone", metavar="DEVICE", help="a part of its name, or its number")
    parser.add_argument("--loudspeaker", metavar="DEVICE", help="likewise; the default plays with the microphone only")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="keep the call: WAV, FLAC or Ogg, stereo")
    parser.add_argument(
        "--keys",
        action="append",
        default=[],
        metavar="KEYS@SECONDS",
        help="press keys, such as 1234#@2.5: from 2.5 s on, four a second; may be given again",
    )
    parser.add_argument(
        "--wait",
        type=duration,
        default=5.0,
        metavar="SECONDS",
        help="hang up when all is said and the agent has been silent for so long (default: %(default)g)",
    )
    parser.add_argument("--limit", type=duration, metavar="SECONDS", help="hang up after so long, whatever happens")
    parser.add_argument("--from", dest="caller", default="+15550100", metavar="NUMBER", help="who calls")
    parser.add_argument("--to", dest="callee", default="+15550199", metavar="NUMBER", help="who is called")
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a parameter of the stream, as the webhook's answer would give it; may be given again",
    )
    parser.add_argument("--encoding", help="the stream's codec in the provider's words, such as PCMA")
    parser.add_argument("--rate", type=int, metavar="HZ", help="the stream's rate (default: 8000)")
    parser.add_argument(
        "--header", action="append", default=[], metavar="NAME:VALUE", help="an HTTP header; may be given again"
    )


def main(args: argparse.Namespace) -> int:
    check_output(args.output)
    if not args.url.startswith(("ws://", "wss://")):
        raise GraphError(f"a stream's URL begins with ws:// or wss://; got {args.url}")
    faults = _loop.run(_call, args)
    for fault in faults:
        print(f"voiceflow call: {fault}", file=sys.stderr)
    return 1 if faults else 0


def _pair(option: str, text: str, between: str) -> tuple[str, str]:
    name, found, value = text.partition(between)
    if not found or not name:
        raise GraphError(f"{option} takes NAME{between}VALUE; got {text}")
    return name.strip(), value.strip()


def _header(text: str) -> tuple[bytes, bytes]:
    name, value = _pair("--header", text, ":")
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or not (value.isascii() and value.isprintable()):
        raise GraphError(f"--header takes a header as HTTP has it, in ASCII; got one named {name!r}")
    return name.encode(), value.encode()


def _keys(texts: list[str]) -> list[Key]:
    from voiceflow.commands._telephone import Key
    from voiceflow.machines.dtmf import KEYS

    keys: list[Key] = []
    for text in texts:
        digits, found, at = text.rpartition("@")
        try:
            begin = float(at)
        except ValueError:
            begin = -1.0
        if not found or not 0 <= begin < math.inf or not digits or any(digit not in KEYS for digit in digits):
            raise GraphError(f"--keys takes keys of {KEYS} and a time, such as 12#@2.5; got {text}")
        keys += [Key(begin + 0.25 * place, digit) for place, digit in enumerate(digits)]
    return keys


def _end(args: argparse.Namespace) -> ProviderEnd:
    from secrets import token_hex

    from voiceflow.machines.json_fields import MalformedChunk
    from voiceflow.machines.telephony.dialects import DIALECTS
    from voiceflow.machines.telephony.ends import ProviderEnd
    from voiceflow.machines.telephony.messages import Start

    start = Start(
        stream=f"MZ{token_hex(16)}",
        call=f"CA{token_hex(16)}",
        account=f"AC{token_hex(16)}",
        caller=args.caller,
        callee=args.callee,
        parameters=dict(_pair("--parameter", text, "=") for text in args.parameter),
        encoding=args.encoding or "",
        rate=args.rate or 8000,
    )
    try:
        return ProviderEnd(DIALECTS[args.provider], start)
    except (MalformedChunk, ValueError) as error:
        raise GraphError(f"--encoding, --rate: {error}") from None


async def _call(args: argparse.Namespace) -> list[str]:
    import trio

    from voiceflow import Session
    from voiceflow._dial import dialled
    from voiceflow.commands._telephone import Telephone

    end = _end(args)
    headers = [_header(text) for text in args.header]
    keys = _keys(args.keys)
    if args.input is not None and not args.input.exists():
        raise ProviderError(f"sound file {args.input}: there is none", retryable=False)
    async with dialled(args.url, headers=headers) as socket:
        phone = Telephone(
            socket=socket,
            end=end,
            keys=keys,
            wait=args.wait,
            limit=args.limit or float("inf"),
            cushion=0.0 if args.input else 0.06,
            tell=lambda seconds, what: print(f"{seconds:8.2f}  {what}", flush=True),
        )
        async with Session(_graph(args, phone)) as session, trio.open_nursery() as nursery:
            nursery.start_soon(_hang_up_by_ctrl_c, phone)
            await phone.over.wait()
            with trio.move_on_after(1.0):  # for the recorder's last blocks; a microphone never ends
                await session.finished()
            nursery.cancel_scope.cancel(reason="the call is over")
    _summary(args, phone)
    return phone.faults


def _graph(args: argparse.Namespace, phone: Telephone) -> Graph:
    from voiceflow import Graph
    from voiceflow.commands._telephone import Loud
    from voiceflow.nodes.recorder import Recorder
    from voiceflow.nodes.soundfile import FileSource

    graph, rate = Graph(), phone.end.format.rate
    if args.input is not None:
        graph.connect(FileSource(args.input, rate=rate, realtime=False).audio, phone.caller)
    else:
        from voiceflow.nodes.resample import Resample
        from voiceflow.nodes.sounddevice import LocalAudio

        audio, narrow = LocalAudio(_device(args.microphone), _device(args.loudspeaker)), Resample(rate=rate)
        graph.connect(audio.microphone.audio, narrow.input).connect(narrow.audio, phone.caller)
        graph.connect(phone.heard, Loud(audio.loudspeaker).audio)
    if args.output is not None:
        with given_by("--output"):
            recorder = Recorder(str(args.output), rate=rate)
        graph.connect(phone.said, recorder.caller).connect(phone.heard, recorder.agent)
    return graph


def _device(asked: str | None) -> str | int | None:
    return int(asked) if asked is not None and asked.isdigit() else asked


async def _hang_up_by_ctrl_c(phone: Telephone) -> None:
    import signal

    import trio

    with trio.open_signal_receiver(signal.SIGINT) as signals:
        async for _ in signals:
            phone.hang_up()


def _summary(args: argparse.Namespace, phone: Telephone) -> None:
    heard = f"{phone.seconds:.1f} s, the agent was heard for {phone.voice.seconds:.1f} s"
    kept = f"; {args.output}" if args.output is not None else ""
    counts = f"{phone.marks} marks, {phone.clears} clears, {phone.playback.underruns} underruns"
    print(f"{heard}; {counts}{kept}", file=sys.stderr)
