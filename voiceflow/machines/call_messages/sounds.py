"""Binary messages: samples, or a packet of Opus; to the client with a header that says where they stand."""

from __future__ import annotations

import struct

import numpy as np

from voiceflow.frames import Samples
from voiceflow.machines.call_messages.values import BadMessage, Format, Packet, Sound

_HEADER = struct.Struct("<IQ")
_MOST_PACKET = 8000
"""Bytes: 120 ms of Opus, six frames of at most 1275 bytes, and what says so."""


def from_bytes(data: bytes, sends: Format) -> Sound | Packet:
    """The sound of a binary frame.

    Raises:
        BadMessage: of PCM16, it holds half a sample, or more than a second; of Opus, more than a packet can.
    """
    rate = sends.rate
    if sends.codec == "opus":
        if not 0 < len(data) <= _MOST_PACKET:
            raise BadMessage("too_large" if data else "bad_message", f"a packet of Opus has 1 to {_MOST_PACKET} bytes")
        return Packet(data)
    if len(data) > 2 * rate:
        raise BadMessage("too_large", "a binary message holds at most 1 s of sound")
    if len(data) % 2:
        raise BadMessage("bad_message", "a binary message holds whole samples of 16 bits; got an odd number of bytes")
    return Sound(np.frombuffer(data, "<i2").astype(np.int16, copy=False))


def packet(turn: int, position: int, data: bytes) -> bytes:
    """A binary message to the client: what of a turn begins at a sample."""
    return _HEADER.pack(turn, position) + data


def parts(message: bytes) -> tuple[int, int, bytes]:
    """What `packet` put together.

    Raises:
        BadMessage: it is too short to be one.
    """
    if len(message) < _HEADER.size:
        raise BadMessage("bad_message", "a binary message is 12 bytes and sound")
    turn, position = _HEADER.unpack_from(message)
    return turn, position, message[_HEADER.size :]


def sound(turn: int, position: int, samples: Samples) -> bytes:
    """A binary message to the client, of PCM16."""
    return packet(turn, position, samples.astype("<i2", copy=False).tobytes())


def from_sound(data: bytes) -> tuple[int, int, Samples]:
    """What `sound` made: turn, position, samples.

    Raises:
        BadMessage: it is too short to be one.
    """
    turn, position, payload = parts(data)
    if len(payload) % 2:
        raise BadMessage("bad_message", "a binary message is 12 bytes and whole samples of 16 bits")
    return turn, position, np.frombuffer(payload, "<i2").astype(np.int16, copy=False)
