"""G.711 as libsndfile writes and reads it: every sample, every byte."""

from __future__ import annotations

import io
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from voiceflow import Samples
from voiceflow.machines.telephony.g711 import decode_alaw, decode_mulaw, encode_alaw, encode_mulaw

soundfile: Any = import_module("soundfile")

EVERY_SAMPLE: Samples = np.arange(-32768, 32768).astype(np.int16)
EVERY_BYTE = bytes(range(256))

both = pytest.mark.parametrize(
    ("subtype", "encode", "decode"),
    [("ULAW", encode_mulaw, decode_mulaw), ("ALAW", encode_alaw, decode_alaw)],
)


@both
def test_every_sample_becomes_the_byte_that_libsndfile_writes(
    subtype: str, encode: Callable[[Samples], bytes], decode: Callable[[bytes], Samples]
) -> None:
    """All 65,536 of them."""
    file = io.BytesIO()
    soundfile.write(file, EVERY_SAMPLE, 8000, format="RAW", subtype=subtype)
    assert encode(EVERY_SAMPLE) == file.getvalue()


@both
def test_every_byte_becomes_the_sample_that_libsndfile_reads(
    subtype: str, encode: Callable[[Samples], bytes], decode: Callable[[bytes], Samples]
) -> None:
    """All 256 of them."""
    file = io.BytesIO(EVERY_BYTE)
    read, _ = soundfile.read(file, dtype="int16", samplerate=8000, channels=1, format="RAW", subtype=subtype)
    assert decode(EVERY_BYTE).tolist() == read.tolist()


@both
def test_what_was_decoded_is_encoded_as_it_was(
    subtype: str, encode: Callable[[Samples], bytes], decode: Callable[[bytes], Samples]
) -> None:
    """A second leg of a call loses nothing more; mu-law has two bytes for silence, one of which is written."""
    again = encode(decode(EVERY_BYTE))
    assert [(a, b) for a, b in zip(EVERY_BYTE, again, strict=True) if a != b] in ([], [(0x7F, 0xFF)])


@both
def test_nothing_is_nothing(
    subtype: str, encode: Callable[[Samples], bytes], decode: Callable[[bytes], Samples]
) -> None:
    """And what is given may lie anywhere in memory."""
    assert encode(np.zeros(0, np.int16)) == b""
    assert decode(b"").tolist() == []
    assert encode(EVERY_SAMPLE[::7]) == encode(EVERY_SAMPLE[::7].copy())
