"""What the text filter and the chunker cost, and what an early first phrase costs and gains."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import cycle

import attrs

from voiceflow.bench.peers import Peer
from voiceflow.bench.process import made_with
from voiceflow.bench.tables import Section
from voiceflow.machines.clean import Clean
from voiceflow.machines.phrases import Phrases, PhraseSettings
from voiceflow.text import verbaliser

LENGTHS = (1_000, 10_000, 100_000)
DELTA = 4  # characters: about one token of a language model
LIMIT = 20.0  # seconds of CPU for one run of a peer
REPEAT = 5
OURS = "voiceflow, every rule on"

_WORDS = ["the", "caller", "would", "like", "to", "know", "when", "their", "parcel", "is", "going", "to", "arrive"]
# A reply as a support line's model writes it, Markdown and numbers in every line.
_HEAVY = (
    "## Delivery\n\n"
    "1. **Standard parcel:** two to 4 working days for $4.90, up to *5 kg*.\n"
    "2. **Express:** the next day before 10:30 a.m. for $12.50, if you order by 6 p.m.\n"
    "3. **Bulky goods:** 5-7 days; a parcel may be `120 x 60` cm and must not weigh more than 31.5 kg.\n\n"
    "Your order of 3 May 2024 left us on the 5th, and its total was €1,249.00 (15% of that is the deposit). "
    "Call 800 555 1234 or look at [the order page](https://example.com/orders/4711) if it is not there by Friday.\n\n"
)
_REPLIES = (
    "Sure, I can help you with that, and it will only take a minute. First, could you tell me your order number? "
    "It is in the e-mail that we sent you, right below the date.",
    "Well, that depends on where you live, because delivery takes longer outside the city. In most places it "
    "takes two days. I would say Thursday, or Friday at the latest.",
    "I am sorry to hear that, and I understand how annoying it is. The technician, Mr. Jones, was held up by the "
    "storm, so he will come tomorrow between nine and eleven. Is that all right?",
)


def words(length: int, *, marks: bool) -> str:
    """Plain English of a length; with `marks` a full stop every 80 characters."""
    parts: list[str] = []
    size = since = 0
    for plain in cycle(_WORDS):
        if size >= length:
            break
        word = plain.capitalize() if marks and since == 0 else plain
        since += len(word) + 1
        if marks and since > 80 - 6:
            word, since = word + ".", 0
        parts.append(word)
        size += len(word) + 1
    return " ".join(parts)[:length]


KINDS: Mapping[str, Callable[[int], str]] = {
    "a full stop every 80": lambda length: words(length, marks=True),
    "no full stop": lambda length: words(length, marks=False),
    "Markdown and numbers": lambda length: (_HEAVY * (length // len(_HEAVY) + 1))[:length],
}


def speak(deltas: Sequence[str]) -> None:
    """Filter with every rule on, verbaliser and chunker."""
    clean, phrases = Clean(language="en", verbaliser=verbaliser("en")), Phrases(language="en")
    for delta in deltas:
        for piece in clean.push(delta):
            phrases.push(piece)
    for piece in clean.end():
        phrases.push(piece)
    phrases.end()


def best(deltas: Sequence[str], repeat: int) -> float:
    """The fastest of some runs, in seconds of CPU time: the least disturbed by others on the machine."""
    times: list[float] = []
    for _ in range(repeat):
        began = time.process_time()
        speak(deltas)
        times.append(time.process_time() - began)
    return min(times)


@attrs.define
class Speeds:
    """Microseconds of CPU a character: by system, kind of text and length."""

    values: dict[str, dict[str, dict[int, float]]] = attrs.Factory(dict[str, dict[str, dict[int, float]]])

    def add(self, system: str, kind: str, length: int, value: float) -> None:
        self.values.setdefault(system, {}).setdefault(kind, {})[length] = value

    def sections(self) -> Iterator[Section]:
        """A table for each kind of text."""
        for kind in KINDS:
            rows = [
                (system, *(f"{kinds[kind][length]:.2f}" if length in kinds[kind] else "-" for length in LENGTHS))
                for system, kinds in self.values.items()
                if kind in kinds
            ]
            lengths = (f"{length:,} characters" for length in LENGTHS)
            yield Section(f"Text on its way to speech, {kind}, µs a character", ("", *lengths), rows, _NOTE)

    def to_json(self) -> str:
        return json.dumps({"voiceflow bench text": 1, "made_with": made_with(), "microseconds": self.values}, indent=1)


_NOTE = f"deltas of {DELTA} characters; CPU time, the best of some runs, all systems in turns"


def measure(
    results: Speeds,
    peers: Sequence[Peer] = (),
    lengths: Sequence[int] = LENGTHS,
    repeat: int = REPEAT,
    tell: Callable[[str], object] = print,
) -> None:
    """Fill `results`, shortest texts first; what was measured before a Ctrl-C is in them."""
    speak(_deltas(KINDS["Markdown and numbers"](2_000)))  # warm up: patterns compiled, tables built
    with ExitStack() as stack:
        running = [stack.enter_context(peer) for peer in peers]
        for length in lengths:
            for kind, make in KINDS.items():
                deltas = _deltas(make(length))
                tell(f"{kind}, {length:,} characters ...")
                results.add(OURS, kind, length, best(deltas, repeat) / length * 1e6)
                for peer in running:
                    for way, value in peer.times(deltas, repeat, LIMIT).items():
                        results.add(f"{peer.name}, {way}", kind, length, value)


def _deltas(text: str) -> list[str]:
    return [text[at : at + DELTA] for at in range(0, len(text), DELTA)]


EARLY = (
    PhraseSettings(),
    PhraseSettings(first_words=4),
    PhraseSettings(first_words=2),
    PhraseSettings(first_words=4, clause_chars=40),
)


def early() -> Section:
    """When the first phrase is out, and into how many phrases a reply falls, by setting."""
    rows: list[tuple[str, ...]] = []
    for settings in EARLY:
        outs = [_outs(settings, reply) for reply in _REPLIES]
        first = sum(out[0][0] for out in outs) / len(outs)
        count = sum(map(len, outs)) / len(outs)
        shortest = min(size for out in outs for _, size in out)
        name = f"first_words={settings.first_words}, clause_chars={settings.clause_chars}"
        rows.append((name, f"{first:.0f}", f"{first / DELTA * 20:.0f}", f"{count:.1f}", str(shortest)))
    header = (
        "settings",
        "characters until the first phrase",
        "ms at 50 tokens a second",
        "phrases a reply",
        "shortest",
    )
    note = (
        "three replies of a support line; each phrase is a request of its own to the voice, with a prosody of its own"
    )
    return Section("The first phrase early", header, rows, note)


def _outs(settings: PhraseSettings, reply: str) -> list[tuple[int, int]]:
    """After how many characters each phrase came, and how long it is."""
    machine = Phrases(settings, "en")
    found = [(at, len(phrase.text)) for at, character in enumerate(reply, 1) for phrase in machine.push(character)]
    return found + [(len(reply), len(phrase.text)) for phrase in machine.end()]
