"""Twilio Media Streams, bidirectional (`<Connect><Stream>`): mu-law at 8 kHz, numbers written as texts.

Source: twilio.com/docs/voice/media-streams/websocket-messages.
"""

from __future__ import annotations

from typing import Final

from voiceflow.machines.telephony.codecs import MULAW
from voiceflow.machines.telephony.dialect import Dialect
from voiceflow.machines.telephony.messages import Clear, Connected, Dtmf, Mark, Marked, Media, Play, Start, Stop
from voiceflow.machines.telephony.shapes import encoded, number, table, text

_STREAM: Final = {"streamSid": text("stream")}
_NUMBERED: Final = {"sequenceNumber": number("sequence", as_text=True), **_STREAM}

TWILIO: Final = Dialect(
    name="twilio",
    encodings={"audio/x-mulaw": MULAW},
    provider={
        Connected: {"event": "connected", "protocol": "Call", "version": "1.0.0"},
        Start: {
            "event": "start",
            "sequenceNumber": number("sequence", as_text=True),
            "start": {
                "streamSid": text("stream", needed=True),
                "accountSid": text("account"),
                "callSid": text("call"),
                "tracks": ["inbound"],
                "customParameters": table("parameters"),
                "mediaFormat": {"encoding": text("encoding"), "sampleRate": number("rate"), "channels": 1},
            },
            **_STREAM,
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
        Dtmf: {"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": text("digit", needed=True)}, **_NUMBERED},
        Marked: {"event": "mark", "mark": {"name": text("name", needed=True)}, **_NUMBERED},
        Stop: {"event": "stop", "stop": {"accountSid": text("account"), "callSid": text("call")}, **_NUMBERED},
    },
    server={
        Play: {"event": "media", **_STREAM, "media": {"payload": encoded("audio")}},
        Mark: {"event": "mark", **_STREAM, "mark": {"name": text("name", needed=True)}},
        Clear: {"event": "clear", **_STREAM},
    },
)
