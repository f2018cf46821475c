"""Holds a demo to its word: what the history says was heard is what stands in conversation.wav.

    python benchmarks/check_demo.py demo-out             check one run
    python benchmarks/check_demo.py --runs 20            run the demo so often, and check each

What was heard is looked for in the sound; only where to look, and what should be found, is taken from the trace. The
agent's channel is parted half a second before each utterance, so that each of its samples is looked at once. Of every
utterance:

- **Its sound lies where the ledger has it.** Nothing louder than -60 dB sounds more than a block (20 ms) before the
  ledger's first sample, or after its last. Inside, only a voice's own pauses are silent: over 80 phrases, eSpeak NG
  begins within 0.06 s and ends with 0.29 to 0.78 s of silence, Flite with 0 to 0.1 s; over 19, Hibari begins within
  0.09 s and ends with 0.3 to 0.5 s. An interruption cuts anywhere.
- **Its words sound.** Whisper base, which knows nothing of the history, hears at least 70 % of the stored words, in
  their order. It decodes as it usually does, with a beam of 5, and without its second tries, which are random. It is
  given half a second of silence on either side, because it misses words at the very beginning of a sound, and not more,
  because it works in windows of 30 s and writes words for one that is silent all through.
- **No others sound behind them.** All that whisper places in the sound counts, however unsure it is. Only what it
  places behind the last sample that sounds is left out, as nothing can have been heard there: cut off in "I'd be happy
  to sh(are)", it goes on with "show" up to the end and with "you" 30 ms behind it. Behind an interruption one word is
  allowed: the ledger counts a word as heard once half of its time has passed, so up to half of one more word has
  sounded, and of half a word whisper makes a whole one. More than one cannot have begun.

Whisper base understands Hibari better than Flite, and both better than eSpeak NG (docs/tts.md), of which a phrase of
five words that was cut off in the sixth is the worst of all. `--voice espeak` runs the demo as on a machine that has
no other voice.
Needs `pip install 'voiceflow[whisper]'` and `voiceflow models fetch whisper-base`.
"""

from __future__ import annotations

import argparse
import difflib
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import attrs
import numpy as np
import soundfile  # type: ignore[import-untyped]
from faster_whisper import WhisperModel  # type: ignore[import-untyped]
from numpy.typing import NDArray

from voiceflow import models
from voiceflow.machines.wer import words
from voiceflow.observe.trace_file import read_trace

# In seconds, and why: see above.
BLOCK = 0.02
PAUSE = 0.8
LEAD = 0.5
LOUD = 1e-3
LEAST_SHARE = 0.7


@attrs.define
class Said:
    """One utterance: when it sounded, in seconds, and what the history has of it."""

    turn: int
    begin: float
    seconds: float
    text: str
    interrupted: bool
    starved: float = 0.0
    """Seconds for which it stood still in between, as the voice or the machine was too slow."""

    @property
    def end(self) -> float:
        return self.begin + self.seconds + self.starved


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
        # The word that was cut off, less than half of which sounded, and no other.
        allowed = 1 if self.said.interrupted else 0
        in_place = -BLOCK <= self.lead <= PAUSE and -BLOCK <= self.rest <= PAUSE
        return in_place and self.share >= LEAST_SHARE and len(self.after) <= allowed


def utterances(trace: Path) -> list[Said]:
    """What the agent said, by the trace."""
    begins: dict[int, float] = {}
    starved: dict[int | None, float] = defaultdict(float)
    found: list[Said] = []
    for mark in read_trace(trace):
        if mark.name == "turn.audible" and mark.turn is not None:
            begins[mark.turn] = mark.t / 1e9
        elif mark.name in ("speaker.underrun", "speaker.late"):
            starved[mark.turn] += float(str(mark.values["seconds"]))
        elif mark.name == "turn.ended" and mark.turn in begins:
            seconds, cut = float(str(mark.values["seconds"])), bool(mark.values["interrupted"])
            found.append(Said(mark.turn, begins[mark.turn], seconds, str(mark.values["text"]), cut, starved[mark.turn]))
    return found


def check(folder: Path) -> Iterator[Verdict]:
    """A verdict on each utterance of a run."""
    whisper = WhisperModel(str(models.locate("whisper-base")), device="cpu", compute_type="int8")
    sound, rate = soundfile.read(folder / "conversation.wav", dtype="float32")
    agent: NDArray[np.float32] = sound[:, 1]
    said = utterances(folder / "trace.jsonl")
    # The channel is parted in the silences: each sample of it is looked at, and heard, once.
    parts = [0, *(round((each.begin - LEAD) * rate) for each in said[1:]), len(agent)][: len(said) + 1]
    for each, (start, stop) in zip(said, pairwise(parts), strict=True):
        part = agent[start:stop]
        loud = np.flatnonzero(np.abs(part) > LOUD)
        first, last = (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, 0)
        begin, end = each.begin * rate - start, each.end * rate - start
        around = round(LEAD * rate)
        origin = max(0, first - around)
        heard = hear(whisper, part[origin : last + around], (last - origin) / rate)
        share, after = compare(words(each.text), words(heard))
        yield Verdict(each, (first - begin) / rate, (end - last) / rate, heard, share, after)


def hear(whisper: WhisperModel, sound: NDArray[np.float32], end: float) -> str:
    """What whisper makes of a sound whose last loud sample lies at `end` seconds.

    In its usual way (a beam of 5), but without the dice of its second tries, and by its own times of words.
    """
    segments, _ = whisper.transcribe(
        sound, language="en", beam_size=5, temperature=0.0, condition_on_previous_text=False, word_timestamps=True
    )
    placed = [word for segment in segments for word in segment.words or ()]
    return "".join(word.word for word in placed if word.start < end).strip()


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
    """Whether something was said, and all of it holds."""
    good, verdict = True, None
    for verdict in check(folder):
        said = verdict.said
        good &= verdict.holds
        print(
            f"{'ok ' if verdict.holds else 'BAD'} turn {said.turn}: {said.begin:6.2f} s + {said.seconds:5.2f} s, "
            f"sounds from {verdict.lead * 1000:+4.0f} ms to {-verdict.rest * 1000:+4.0f} ms, "
            f"{verdict.share:4.0%} of the words, behind them {' '.join(verdict.after) or '-'}",
            flush=True,
        )
    if verdict is None:
        print(f"BAD: nothing was said in {folder}")
    return good and verdict is not None


def program(voice: str | None) -> list[str]:
    """How Python is told to run voiceflow, on a machine where `voice` is the best one."""
    if voice is None:
        return ["-m", "voiceflow"]
    here = f"from voiceflow.graphs import cascade; from voiceflow.nodes import {voice} as voice"
    here += f"; cascade.best_voice = voice.{voice.capitalize()}"
    return ["-c", f"import sys; from voiceflow import cli; {here}; sys.exit(cli.main())"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help="what a run of the demo left")
    parser.add_argument("--runs", type=int, default=0, help="run the demo so often, and check each run")
    parser.add_argument(
        "--voice", choices=("espeak", "flite", "hibari"), help="the agent's voice, instead of the best one here"
    )
    args = parser.parse_args()
    if args.folder is not None:
        return 0 if report(args.folder) else 1
    failed = 0
    for run in range(1, args.runs + 1):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, *program(args.voice), "demo", "-o", folder]
            demo = subprocess.run(command, capture_output=True, text=True, check=False)
            tail = [line for line in demo.stdout.splitlines() if line][-6:]
            print(f"run {run}: exit {demo.returncode}; {'; '.join(tail)}", flush=True)
            failed += demo.returncode != 0 or not report(Path(folder))
    print(json.dumps({"runs": args.runs, "failed": failed}))
    return 1 if failed or not args.runs else 0


if __name__ == "__main__":
    sys.exit(main())
