"""Holds a demo to its word: what the history says was heard is what stands in conversation.wav.

    python benchmarks/check_demo.py demo-out             check one run
    python benchmarks/check_demo.py --runs 20            run the demo so often, and check each

Of every utterance of the agent: outside the time that the trace says it was heard, the right channel is silent (to one
block of 20 ms), and whisper base, which knows nothing of the history, hears in it the words that the history has.
Needs `pip install 'voiceflow[whisper]'` and `voiceflow models fetch whisper-base`.
"""

from __future__ import annotations

import argparse
import difflib
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import attrs
import numpy as np
import soundfile
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from voiceflow import models
from voiceflow.machines.wer import words
from voiceflow.observe.trace_file import read_trace

BLOCK = 0.02
PAUSE = 0.4
LOUD = 1e-3  # -60 dB of full scale: what a resampler's filter leaves of silence beside a sound is below it
LEAST_SHARE = 0.7
LEAD = 0.5


@attrs.define
class Said:
    """One utterance: when it sounded, in seconds, and what the history has of it."""

    turn: int
    begin: float
    seconds: float
    text: str
    interrupted: bool


@attrs.frozen
class Verdict:
    """`share` of the stored words that whisper hears; `after`, words it hears behind the last of them."""

    said: Said
    lead: float
    """Seconds from where the ledger has its first sample to its first sound; negative: it sounds before its time."""
    rest: float
    """Seconds from its last sound to where the ledger has its end; negative: it sounds on."""
    heard: str
    share: float
    after: tuple[str, ...]

    @property
    def holds(self) -> bool:
        allowed = 1 if self.said.interrupted else 0
        in_place = -BLOCK <= self.lead <= PAUSE and -BLOCK <= self.rest <= PAUSE
        return in_place and self.share >= LEAST_SHARE and len(self.after) <= allowed


def utterances(trace: Path) -> list[Said]:
    """What the agent said, by the trace."""
    begins: dict[int, float] = {}
    found: list[Said] = []
    for mark in read_trace(trace):
        if mark.name == "turn.audible" and mark.turn is not None:
            begins[mark.turn] = mark.t / 1e9
        elif mark.name == "turn.ended" and mark.turn in begins:
            seconds, cut = float(str(mark.values["seconds"])), bool(mark.values["interrupted"])
            found.append(Said(mark.turn, begins[mark.turn], seconds, str(mark.values["text"]), cut))
    return found


def check(folder: Path) -> Iterator[Verdict]:
    """A verdict on each utterance of a run."""
    whisper = WhisperModel(str(models.locate("whisper-base")), device="cpu", compute_type="int8")
    sound, rate = soundfile.read(folder / "conversation.wav", dtype="float32")
    agent: NDArray[np.float32] = sound[:, 1]
    said = utterances(folder / "trace.jsonl")
    # The channel is parted in the silences: each sample of it is looked at, and heard, once.
    parts = [0, *(round((each.begin - LEAD) * rate) for each in said[1:]), len(agent)]
    for each, (start, stop) in zip(said, pairwise(parts), strict=True):
        part = agent[start:stop]
        loud = np.flatnonzero(np.abs(part) > LOUD)
        first, last = (loud[0], loud[-1] + 1) if len(loud) else (0, 0)
        begin, end = each.begin * rate - start, (each.begin + each.seconds) * rate - start
        heard = hear(whisper, part)
        share, after = compare(words(each.text), words(heard))
        yield Verdict(each, (first - begin) / rate, (end - last) / rate, heard, share, after)


def hear(whisper: WhisperModel, sound: NDArray[np.float32]) -> str:
    """What whisper makes of a sound, in its usual way (a beam of 5), but without the dice of its second tries."""
    segments, _ = whisper.transcribe(
        sound, language="en", beam_size=5, temperature=0.0, condition_on_previous_text=False
    )
    return "".join(segment.text for segment in segments).strip()


def compare(stored: tuple[str, ...], heard: tuple[str, ...]) -> tuple[float, tuple[str, ...]]:
    """The share of `stored` found in `heard`, in order, and what was heard behind the last of them."""
    blocks = difflib.SequenceMatcher(None, stored, heard, autojunk=False).get_matching_blocks()
    found = sum(block.size for block in blocks)
    last = max((block for block in blocks if block.size), key=lambda block: block.b, default=None)
    if last is None:
        return (0.0 if stored else 1.0), heard
    # Words that are stored behind the last match were misheard there, not added.
    missed = len(stored) - (last.a + last.size)
    return found / len(stored), heard[last.b + last.size + missed :]


def report(folder: Path) -> bool:
    good = True
    for verdict in check(folder):
        said = verdict.said
        good &= verdict.holds
        print(
            f"{'ok ' if verdict.holds else 'BAD'} turn {said.turn}: {said.begin:6.2f} s + {said.seconds:5.2f} s, "
            f"sounds from {verdict.lead * 1000:+4.0f} ms to {-verdict.rest * 1000:+4.0f} ms, "
            f"{verdict.share:4.0%} of the words, behind them {' '.join(verdict.after) or '-'}",
            flush=True,
        )
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="what a run of the demo left")
    parser.add_argument("--runs", type=int, default=0, help="run the demo so often, and check each run")
    args = parser.parse_args()
    if args.folder is not None:
        return 0 if report(args.folder) else 1
    failed = 0
    for run in range(1, args.runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            demo = subprocess.run(
                [sys.executable, "-m", "voiceflow", "demo", "-o", folder], capture_output=True, text=True, check=False
            )
            tail = [line for line in demo.stdout.splitlines() if line][-6:]
            print(f"run {run}: exit {demo.returncode}; {'; '.join(tail)}", flush=True)
            failed += demo.returncode != 0 or not report(Path(folder))
    print(json.dumps({"runs": args.runs, "failed": failed}))
    return 1 if failed or not args.runs else 0


if __name__ == "__main__":
    sys.exit(main())
