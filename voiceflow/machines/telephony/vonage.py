"""Vonage's Voice API over a WebSocket: PCM16 in binary messages of exactly 20 ms, control in JSON.

The text that opens the call has the headers of the NCCO that started it beside its own fields, and no name for the
call: the answer that voiceflow gives to the webhook puts it there as `uuid`. The call ends when the socket closes.

Source: developer.vonage.com/en/voice/voice-api/guides/websockets.
"""

from __future__ import annotations

import re
from typing import Final

from voiceflow.machines.json_fields import MalformedChunk
from voiceflow.machines.telephony.codecs import PCM
from voiceflow.machines.telephony.dialect import Dialect
from voiceflow.machines.telephony.messages import Clear, Cleared, Dtmf, Mark, Marked, Media, Play, Start
from voiceflow.machines.telephony.packing import Packing
from voiceflow.machines.telephony.shapes import REST, Hole, Values, table, text

_CONTENT = re.compile(r"(?P<encoding>[\w/-]+)\s*;\s*rate=(?P<rate>\d{4,6})", re.ASCII)


def _written(values: Values) -> str:
    return f"{values['encoding']};rate={values['rate']}"


def _told(standing: object) -> Values:
    match = _CONTENT.fullmatch(standing) if isinstance(standing, str) else None
    if match is None:
        raise MalformedChunk("audio/l16;rate=16000", "something else")
    return {"encoding": match["encoding"].lower(), "rate": int(match["rate"])}


_NAME: Final = {"name": text("name", needed=True)}

VONAGE: Final = Dialect(
    name="vonage",
    encodings={"audio/l16": PCM},
    rates=(8000, 16000, 24000),
    verb="action",
    binary=True,
    packing=Packing(grain=0.02, least=0.02, most=0.02),
    returns_marks=False,
    provider={
        Start: {
            "event": "websocket:connected",
            "content-type": Hole(_written, _told),
            "uuid": text("call"),
            "from": text("caller"),
            "to": text("callee"),
            REST: table("parameters"),
        },
        Media: {"event": ""},
        Dtmf: {"event": "websocket:dtmf", "digit": text("digit", needed=True), "duration": 260},
        Marked: {"event": "websocket:notify", "payload": _NAME},
        Cleared: {"event": "websocket:cleared"},
    },
    server={
        Play: {"action": ""},
        Mark: {"action": "notify", "payload": _NAME},
        Clear: {"action": "clear"},
    },
)
