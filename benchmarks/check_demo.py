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
LEAST_SHARE = 0.7
SURE = 0.6  # probability of a word
CUT = 0.1  # seconds: less of a word than this is a guess


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
    stray: float
    """Seconds of sound outside the utterance, up to the next one."""
    missing: float
    """Seconds of silence at its end."""
    share: float
    after: tuple[str, ...]

    @property
    def holds(self) -> bool:
        # A word that was cut in the middle is not stored; whisper may still make a word of its beginning.
        allowed = 1 if self.said.interrupted else 0
        return self.stray <= BLOCK and self.share >= LEAST_SHARE and len(self.after) <= allowed


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
    for each, after in zip(said, [*said[1:], None], strict=True):
        until = len(agent) if after is None else round((after.begin - BLOCK) * rate)
        begin, end = round(each.begin * rate), round((each.begin + each.seconds) * rate)
        loud = np.flatnonzero(np.abs(agent[begin:until]) > 1e-3) + begin
        last = int(loud[-1]) + 1 if len(loud) else begin
        heard, sure = hear(whisper, agent[begin:until], each.seconds - (CUT if each.interrupted else 0.0))
        share, _ = compare(words(each.text), heard)
        _, extra = compare(words(each.text), sure)
        yield Verdict(each, max(0.0, (last - end) / rate), max(0.0, (end - last) / rate), share, extra)


def hear(whisper: WhisperModel, sound: NDArray[np.float32], seconds: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words that whisper makes of a sound, and those that it really heard in its first `seconds`.

    From a word that was cut off it goes on by guessing: those words reach into the silence, or it is not sure of them.
    """
    segments, _ = whisper.transcribe(
        sound, language="en", beam_size=1, temperature=0.0, condition_on_previous_text=False, word_timestamps=True
    )
    found = [word for segment in segments for word in segment.words or []]
    really = [word for word in found if word.probability >= SURE and word.end <= seconds]
    return words("".join(word.word for word in found)), words("".join(word.word for word in really))


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
            f"stray {verdict.stray * 1000:3.0f} ms, silent end {verdict.missing * 1000:3.0f} ms, "
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
