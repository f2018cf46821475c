"""How well a voice is understood: what whisper base hears of replies that it speaks.

    python benchmarks/voice_clarity.py hibari flite espeak               the voices as they come
    python benchmarks/voice_clarity.py espeak:rate=175 espeak:voice=m3   with settings
    python benchmarks/voice_clarity.py espeak --cut 1.9                  cut off after 1.9 s, as by an interruption

The replies are those of the embedded model to the questions below, so they are what an agent says, names, figures
and made-up facts included. Each phrase is spoken, and heard, alone. Of each voice: its word error rate; the share of
its words that was heard, phrase by phrase, as check_demo counts it; and how fast it speaks, pauses between phrases left
out. With `--cut`, a phrase's words are those that the ledger counts as heard at that instant.

Needs `pip install 'voiceflow[whisper]'` and `voiceflow models fetch whisper-base smollm2-135m-instruct`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import attrs
import numpy as np
import trio
from check_demo import LEAD, LOUD, compare, hear
from faster_whisper import WhisperModel  # type: ignore[import-untyped]

from voiceflow import Chunker, Message, Node, Phrase, Prompt, Samples, Spoken, TextFilter, models
from voiceflow.commands.demo import INSTRUCTIONS
from voiceflow.machines.ledger import Ledger
from voiceflow.machines.wer import WordErrors, word_errors, words
from voiceflow.nodes.espeak import Espeak
from voiceflow.nodes.flite import Flite
from voiceflow.nodes.hibari import Hibari
from voiceflow.nodes.llamacpp import LlamaCpp
from voiceflow.resampling import Resampler
from voiceflow.testing.drive import drive

RATE = 16_000
QUESTIONS = """\
what is the capital of italy
how many people live in the city of london
can you tell me what you can do
i would like to hear a story about a little dog
what should i cook tonight
how do i reset my password
tell me about the weather in spain
what is the tallest mountain in the world
how far is the moon
who wrote romeo and juliet
can you help me with my order
i want to book a table for two
what time does the shop open
how do i get to the station
what is a good present for my mother
why is the sky blue
how do bees make honey
what languages are spoken in switzerland
thank you very much
good morning
i am feeling sad today
what is the best way to learn to swim
where can i buy fresh bread
how long does it take to boil an egg
what do cats eat
can i return a pair of shoes
what is the population of germany
tell me a joke
how do i make tea
what is the largest ocean
is it safe to drink the water
how much does a stamp cost
which train goes to the airport
what happened in the year nineteen sixty nine
my washing machine does not work""".splitlines()
KINDS: dict[str, type[Node]] = {"espeak": Espeak, "flite": Flite, "hibari": Hibari}


@attrs.frozen
class Heard:
    """One phrase: the words that sounded, what whisper made of them, and for how long it spoke."""

    text: str
    heard: str
    seconds: float

    @property
    def share(self) -> float:
        return compare(words(self.text), words(self.heard))[0]


async def replies(questions: list[str]) -> list[Phrase]:
    """What the embedded model says to each, in phrases. Those of fewer than three words are left out."""
    found: list[Phrase] = []
    for question in questions:
        prompt = Prompt((Message("system", INSTRUCTIONS, 1), Message("user", question, 2)))
        written = await drive(LlamaCpp(), {"prompt": [prompt]})
        filtered = await drive(TextFilter(), {"text": written["text"]})
        phrases = await drive(Chunker(), {"text": filtered["filtered"]})
        found += [phrase for phrase in phrases["phrases"] if isinstance(phrase, Phrase)]
    return [phrase for phrase in found if len(words(phrase.text)) > 2]


async def speak(voice: Node, phrase: Phrase, cut: float | None) -> tuple[str, Samples]:
    """The words that sounded, and their sound at `RATE`."""
    driven = await drive(voice, {"phrases": [phrase]})
    chunks = [chunk for chunk in driven["spoken"] if isinstance(chunk, Spoken)]
    resampler = Resampler(chunks[0].rate, RATE)
    ledger, pieces = Ledger(RATE), list[Samples]()
    for chunk in chunks:
        pieces.append(resampler.push(chunk.samples))
        ledger.add(chunk, len(pieces[-1]))
    sound = np.concatenate([*pieces, resampler.end()])
    length = len(sound) if cut is None else round(cut * RATE)
    return ledger.heard(length), sound[:length]


async def measure(name: str, phrases: list[Phrase], cut: float | None, whisper: WhisperModel) -> list[Heard]:
    found: list[Heard] = []
    silence = np.zeros(round(LEAD * RATE), np.float32)
    for phrase in phrases:
        text, samples = await speak(made(name), phrase, cut)
        sound = np.concatenate([silence, samples.astype(np.float32) / 32768, silence])
        loud = np.flatnonzero(np.abs(sound) > LOUD)
        heard = hear(whisper, sound, float(loud[-1] + 1) / RATE)
        found.append(Heard(text, heard, float(loud[-1] - loud[0]) / RATE))
    return found


def made(name: str) -> Node:
    """A voice by its name and settings: `espeak:rate=160,voice=m3`."""
    kind, _, given = name.partition(":")
    settings = dict(setting.split("=") for setting in given.split(",") if setting)
    return KINDS[kind](**{key: _value(text) for key, text in settings.items()})


def _value(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def report(name: str, found: list[Heard]) -> None:
    errors = sum((word_errors(each.text, each.heard) for each in found), WordErrors(0))
    shares = np.array([each.share for each in found])
    pace = errors.reference / sum(each.seconds for each in found) * 60
    print(
        f"{name:32} {len(found):3} phrases, {errors.reference} words: error rate {errors.rate:5.1%}; share of a phrase "
        f"{shares.mean():4.0%} mean, {np.quantile(shares, 0.1):4.0%} in ten, {shares.min():4.0%} least; "
        f"{(shares < 0.7).mean():4.0%} below 70 %; {pace:.0f} words a minute",
        flush=True,
    )


async def measurements(args: argparse.Namespace) -> dict[str, list[Heard]]:
    phrases = (await replies(QUESTIONS[: args.questions]))[:: args.every]
    whisper = WhisperModel(str(models.locate("whisper-base")), device="cpu", compute_type="int8")
    found: dict[str, list[Heard]] = {}
    for name in args.voices:
        found[name] = await measure(name, phrases, args.cut, whisper)
        report(name, found[name])
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("voices", nargs="+", metavar="VOICE", help="espeak, flite or hibari, with :setting=value,...")
    parser.add_argument("--cut", type=float, metavar="SECONDS", help="cut each phrase off there")
    parser.add_argument("--questions", type=int, metavar="N", help="only the first N (default: all)")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth phrase")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep what was said and heard")
    args = parser.parse_args()
    found = trio.run(measurements, args)
    if args.json:
        kept = {name: [attrs.asdict(each) for each in heard] for name, heard in found.items()}
        args.json.write_text(json.dumps(kept, indent=1, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
