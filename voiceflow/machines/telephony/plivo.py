"""Plivo audio streaming with `bidirectional="true"`: mu-law at 8 kHz, or linear at 8 and 16 kHz.

Plivo names no byte order for linear audio; little endian is taken. Its protocol has no message at the end but the close
of the socket; a `stop` is understood where one comes.

Source: plivo.com/docs/voice/audio-streaming/audio-streaming.
"""

from __future__ import annotations

from typing import Final

from voiceflow.machines.telephony.codecs import MULAW, PCM
from voiceflow.machines.telephony.dialect import Dialect
from voiceflow.machines.telephony.messages import Clear, Cleared, Dtmf, Mark, Marked, Media, Play, Start, Stop
from voiceflow.machines.telephony.shapes import encoded, number, pairs, text

_STREAM: Final = {"streamId": text("stream")}
_NUMBERED: Final = {"sequenceNumber": number("sequence"), **_STREAM}

PLIVO: Final = Dialect(
    name="plivo",
    encodings={"audio/x-mulaw": MULAW, "audio/x-l16": PCM},
    rates=(8000, 16000),
    returns_marks=False,
    provider={
        Start: {
            "event": "start",
            "sequenceNumber": number("sequence"),
            "start": {
                "callId": text("call"),
                "streamId": text("stream", needed=True),
                "accountId": text("account"),
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": text("encoding"), "sampleRate": number("rate")},
            },
            "extra_headers": pairs("parameters"),
        },
        Media: {
            "event": "media",
            "media": {
                "track": text("track"),
                "timestamp": number("at", as_text=True),
                "chunk": number("chunk"),
                "payload": encoded("audio"),
            },
            **_NUMBERED,
        },
        Dtmf: {"event": "dtmf", "dtmf": {"track": "inbound", "digit": text("digit", needed=True)}, **_NUMBERED},
        Marked: {"event": "playedStream", "name": text("name", needed=True), **_NUMBERED},
        Cleared: {"event": "clearedAudio", **_NUMBERED},
        Stop: {"event": "stop", **_NUMBERED},
    },
    server={
        Play: {
            "event": "playAudio",
            "media": {"contentType": text("encoding"), "sampleRate": number("rate"), "payload": encoded("audio")},
            **_STREAM,
        },
        Mark: {"event": "checkpoint", **_STREAM, "name": text("name", needed=True)},
        Clear: {"event": "clearAudio", **_STREAM},
    },
)
