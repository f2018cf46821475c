"""What the text filter and the chunker cost: microseconds a character, by length and kind of text.

Four-character deltas through both machines with every rule on, on one core. "with": a sentence ends every 80
characters; "without": no sentence ever ends. Peers are timed in the same way where they are installed. A second
table shows what the two settings for early phrases cost and gain.

    python benchmarks/text_speed.py [--repeat 5]
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
import time
from collections.abc import Callable, Sequence

from voiceflow.machines.clean import Clean
from voiceflow.machines.phrases import Phrases, PhraseSettings
from voiceflow.text import verbaliser

LENGTHS = (1_000, 10_000, 100_000)
DELTA = 4  # characters: about one token of a language model
WORDS = ["the", "caller", "would", "like", "to", "know", "when", "their", "parcel", "is", "going", "to", "arrive"]
REPLIES = (
    "Sure, I can help you with that, and it will only take a minute. First, could you tell me your order number? "
    "It is in the e-mail that we sent you, right below the date.",
    "Well, that depends on where you live, because delivery takes longer outside the city. In most places it "
    "takes two days. I would say Thursday, or Friday at the latest.",
    "I am sorry to hear that, and I understand how annoying it is. The technician, Mr. Jones, was held up by the "
    "storm, so he will come tomorrow between nine and eleven. Is that all right?",
)


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


def ours(deltas: Sequence[str]) -> None:
    clean, phrases = Clean(language="en", verbaliser=verbaliser("en")), Phrases(language="en")
    for delta in deltas:
        for piece in clean.push(delta):
            phrases.push(piece)
    for piece in clean.end():
        phrases.push(piece)
    phrases.end()


def pysbd(deltas: Sequence[str]) -> None:
    """Cannot stream: the whole text at once, at the end."""
    importlib.import_module("pysbd").Segmenter(language="en", clean=False).segment("".join(deltas))


def sentencex(deltas: Sequence[str]) -> None:
    """Streams by looking at the sentence in hand again with each delta."""
    segment, hand = importlib.import_module("sentencex").segment, ""
    for delta in deltas:
        hand += delta
        found = list(segment("en", hand))
        if len(found) > 1:
            hand = found[-1]


PEERS: dict[str, Callable[[Sequence[str]], None]] = {"pysbd": pysbd, "sentencex": sentencex}


def best(run: Callable[[Sequence[str]], None], deltas: Sequence[str], repeat: int) -> float:
    """The fastest of some runs, in seconds of CPU time: the least disturbed by others on the machine."""
    times: list[float] = []
    for _ in range(repeat):
        start = time.process_time()
        run(deltas)
        times.append(time.process_time() - start)
    return min(times)


def table(run: Callable[[Sequence[str]], None], lengths: Sequence[int], repeat: int) -> None:
    print("\n| characters | with terminators | without |\n|---|---|---|")
    for length in lengths:
        cells: list[str] = []
        for marks in (True, False):
            whole = text(length, marks)
            deltas = [whole[at : at + DELTA] for at in range(0, length, DELTA)]
            cells.append(f"{best(run, deltas, repeat) / length * 1e6:.2f}")
        print(f"| {length:,} | {' | '.join(cells)} |")


def early() -> None:
    """When the first phrase is out, and into how many phrases a reply falls, by setting."""
    print("\n| settings | characters until the first phrase is out | phrases a reply |\n|---|---|---|")
    for settings in (
        PhraseSettings(),
        PhraseSettings(first_words=4),
        PhraseSettings(first_words=2),
        PhraseSettings(first_words=4, clause_chars=40),
    ):
        first: list[int] = []
        count = 0
        for reply in REPLIES:
            machine = Phrases(settings, "en")
            out = [at for at, character in enumerate(reply, 1) for _ in machine.push(character)]
            count += len(out) + len(machine.end())
            first.append(out[0])
        name = f"first_words={settings.first_words}, clause_chars={settings.clause_chars}"
        print(f"| {name} | {sum(first) / len(first):.0f} | {count / len(REPLIES):.1f} |")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--repeat", type=int, default=5)
    repeat: int = options.parse_args().repeat
    print(f"Python {sys.version.split()[0]}, deltas of {DELTA} characters, microseconds of CPU a character")
    print(f"(best of {repeat})\n\nvoiceflow: filter with every rule on, and chunker")
    ours([text(1_000, True)])  # warm up: patterns compiled, tables built
    table(ours, LENGTHS, repeat)
    for name, run in PEERS.items():
        if importlib.util.find_spec(name) is not None:
            print(f"\n{name}")
            table(run, LENGTHS[:2], 1)
    early()


if __name__ == "__main__":
    main()
