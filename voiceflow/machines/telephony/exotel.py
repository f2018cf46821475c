"""Exotel's Voicebot applet: PCM16 at 8, 16 or 24 kHz, about 100 ms at a time.

It names its audio in several ways and always means linear samples. What it is sent has to be a multiple of 320 bytes
and 100 ms long at least, at most 100 kB; its numbers are texts.

Source: developer.exotel.com/docs/agentstream/websocket-protocol and .../stream-voicebot-applet.
"""

from __future__ import annotations

from typing import Final

from voiceflow.machines.telephony.codecs import PCM
from voiceflow.machines.telephony.dialect import Dialect
from voiceflow.machines.telephony.messages import Clear, Connected, Dtmf, Mark, Marked, Media, Play, Start, Stop
from voiceflow.machines.telephony.packing import Packing
from voiceflow.machines.telephony.shapes import encoded, number, table, text

_STREAM: Final = {"stream_sid": text("stream")}
_NUMBERED: Final = {"sequence_number": number("sequence", as_text=True), **_STREAM}

EXOTEL: Final = Dialect(
    name="exotel",
    encodings={"audio/x-raw": PCM},
    rates=(8000, 16000, 24000),
    strict=False,
    block=0.1,
    packing=Packing(grain=0.02, least=0.1, most=1.0),
    provider={
        Connected: {"event": "connected"},
        Start: {
            "event": "start",
            "sequence_number": number("sequence", as_text=True),
            "stream_sid": text("stream", needed=True),
            "start": {
                "stream_sid": text("stream"),
                "call_sid": text("call"),
                "account_sid": text("account"),
                "from": text("caller"),
                "to": text("callee"),
                "custom_parameters": table("parameters"),
                "media_format": {
                    "encoding": text("encoding"),
                    "sample_rate": number("rate", as_text=True),
                    "bit_rate": "16",
                },
            },
        },
        Media: {
            "event": "media",
            "media": {
                "chunk": number("chunk", as_text=True),
                "timestamp": number("at", as_text=True),
                "payload": encoded("audio"),
            },
            **_NUMBERED,
        },
        Dtmf: {"event": "dtmf", "dtmf": {"digit": text("digit", needed=True), "duration": "100"}, **_NUMBERED},
        Marked: {"event": "mark", "mark": {"name": text("name", needed=True)}, **_NUMBERED},
        Stop: {
            "event": "stop",
            "stop": {"call_sid": text("call"), "account_sid": text("account"), "reason": "callended"},
            **_NUMBERED,
        },
    },
    server={
        Play: {"event": "media", **_STREAM, "media": {"payload": encoded("audio")}},
        Mark: {"event": "mark", **_STREAM, "mark": {"name": text("name", needed=True)}},
        Clear: {"event": "clear", **_STREAM},
    },
)
