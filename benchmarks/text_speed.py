"""What the text filter and the chunker cost: microseconds a character, by length and kind of text.

Four-character deltas through both machines with every rule on, on one core. "marks": a sentence ends every 80
characters; "none": no sentence ever ends. Peers are timed in the same way where they are installed.

    python benchmarks/text_speed.py [--peers] [--repeat 5]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable

from voiceflow.machines.clean import Clean
from voiceflow.machines.phrases import Phrases
from voiceflow.text import verbaliser

LENGTHS = (1_000, 10_000, 100_000)
DELTA = 4  # characters: about one token of a language model
WORDS = [
    "the",
    "caller",
    "would",
    "like",
    "to",
    "know",
    "when",
    "their",
    "parcel",
    "is",
    "going",
    "to",
    "arrive",
    "at",
    "the",
    "new",
    "address",
    "today",
]


def text(length: int, marks: bool) -> str:
    """Plain English of a length; with `marks` a full stop every 80 characters."""
    parts: list[str] = []
    size = since = index = 0
    while size < length:
        word = WORDS[index % len(WORDS)]
        if since == 0 and marks:
            word = word.capitalize()
        since += len(word) + 1
        if marks and since > 80 - 6:
            word, since = word + ".", 0
        parts.append(word)
        size += len(word) + 1
        index += 1
    return " ".join(parts)[:length]


def ours(deltas: Iterable[str]) -> int:
    clean, phrases = Clean(language="en", verbaliser=verbaliser("en")), Phrases(language="en")
    count = 0
    for delta in deltas:
        for piece in clean.push(delta):
            count += len(phrases.push(piece))
    for piece in clean.end():
        count += len(phrases.push(piece))
    return count + len(phrases.end())


def best(run: Callable[[list[str]], int], deltas: list[str], repeat: int) -> float:
    """The fastest of some runs, in seconds: the least disturbed by others on the machine."""
    times: list[float] = []
    for _ in range(repeat):
        start = time.process_time()
        run(deltas)
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeat", type=int, default=5)
    arguments = options.parse_args()
    print(
        f"Python {sys.version.split()[0]}, {DELTA}-character deltas, microseconds a character, best of {arguments.repeat}"
    )
    print("| characters | with terminators | without |\n|---|---|---|")
    ours([text(1_000, True)])  # warm up: patterns compiled, tables built
    for length in LENGTHS:
        cells: list[str] = []
        for marks in (True, False):
            whole = text(length, marks)
            deltas = [whole[at : at + DELTA] for at in range(0, length, DELTA)]
            cells.append(f"{best(ours, deltas, arguments.repeat) / length * 1e6:.2f}")
        print(f"| {length:,} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
