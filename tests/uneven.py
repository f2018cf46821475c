"""Sound in blocks of any length, as a source may give it."""

from __future__ import annotations

from voiceflow import Audio, Samples


def blocks(samples: Samples, rate: int, lengths: list[int], pts: int = 0) -> list[Audio]:
    """Blocks of those lengths, and the rest in one, each in its place."""
    out: list[Audio] = []
    for length in [*lengths, len(samples)]:
        out.append(Audio(samples[:length], rate, pts))
        samples, pts = samples[length:], out[-1].end
    return out
