"""Telnyx media streaming with `stream_bidirectional_mode` "rtp": PCMU or PCMA at 8 kHz.

Source: developers.telnyx.com/api-reference/websockets/stream-call-media-over-websocket.
"""

from __future__ import annotations

from typing import Final

from voiceflow.machines.telephony.codecs import ALAW, MULAW
from voiceflow.machines.telephony.dialect import Dialect
from voiceflow.machines.telephony.messages import (
    Clear,
    Complaint,
    Connected,
    Dtmf,
    Mark,
    Marked,
    Media,
    Play,
    Start,
    Stop,
)
from voiceflow.machines.telephony.packing import Packing
from voiceflow.machines.telephony.shapes import encoded, number, table, text

_STREAM: Final = {"stream_id": text("stream")}
_NUMBERED: Final = {"sequence_number": number("sequence", as_text=True), **_STREAM}

TELNYX: Final = Dialect(
    name="telnyx",
    encodings={"PCMU": MULAW, "PCMA": ALAW},
    packing=Packing(grain=0.02, least=0.02, most=30.0),
    provider={
        Connected: {"event": "connected", "version": "1.0.0"},
        Start: {
            "event": "start",
            "sequence_number": number("sequence", as_text=True),
            "start": {
                "user_id": text("account"),
                "call_control_id": text("call"),
                "from": text("caller"),
                "to": text("callee"),
                "custom_parameters": table("parameters"),
                "media_format": {"encoding": text("encoding"), "sample_rate": number("rate"), "channels": 1},
            },
            "stream_id": text("stream", needed=True),
        },
        Media: {
            "event": "media",
            "media": {
                "track": text("track"),
                "chunk": number("chunk", as_text=True),
                "timestamp": number("at", as_text=True),
                "payload": encoded("audio"),
            },
            **_NUMBERED,
        },
        Dtmf: {"event": "dtmf", "dtmf": {"digit": text("digit", needed=True)}, **_NUMBERED},
        Marked: {"event": "mark", "mark": {"name": text("name", needed=True)}, **_NUMBERED},
        Complaint: {"event": "error", "payload": {"code": number("code")}, **_NUMBERED},
        Stop: {"event": "stop", "stop": {"user_id": text("account"), "call_control_id": text("call")}, **_NUMBERED},
    },
    server={
        Play: {"event": "media", "media": {"payload": encoded("audio")}},
        Mark: {"event": "mark", "mark": {"name": text("name", needed=True)}},
        Clear: {"event": "clear"},
    },
)
