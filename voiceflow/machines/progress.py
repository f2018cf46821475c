"""How far a frame brings its stream, and what is left of it without its beginning: for replays that repeat nothing."""

from __future__ import annotations

import attrs

from voiceflow.frames import Audio, Frame, Interjection, Phrase, Prediction, Spoken, Text, Transcript
from voiceflow.machines.text.pieces import cut


def progress(frame: Frame) -> int | None:
    """How far a frame brings its stream: samples, or characters that are no white space; None if it may come twice.

    White space does not count because two ways of cutting the same text differ in it.
    """
    match frame:
        case Audio() | Spoken():
            return len(frame.samples)
        case Text() | Phrase():
            return len("".join(frame.text.split()))
        case Prediction() | Interjection():
            return None
        case Transcript() if frame.stage != "final":
            return None
        case _:
            return 1


def tail(frame: Frame, after: int) -> Frame:
    """A frame without what its first `after` steps of progress bring."""
    match frame:
        case Audio():
            return attrs.evolve(frame, samples=frame.samples[after:], pts=frame.pts + after)
        case Spoken():
            return attrs.evolve(frame, samples=frame.samples[after:])
        case Text() | Phrase():
            start = _place(frame.text, after)
            spans = cut(frame.spans, len(frame.text), start, len(frame.text))
            return attrs.evolve(frame, text=frame.text[start:], spans=spans)
        case _:
            return frame


def _place(text: str, after: int) -> int:
    """The index behind the first `after` characters that are no white space."""
    for index, character in enumerate(text):
        after -= not character.isspace()
        if after == 0:
            return index + 1
    return len(text)
