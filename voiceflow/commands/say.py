"""`voiceflow say`: words in, sound file out."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import category

import attrs

from voiceflow.commands import _loop
from voiceflow.commands._settings import check_output, given_by
from voiceflow.errors import GraphError

if TYPE_CHECKING:
    from voiceflow import Node

HELP = """\
Speaks a text into a sound file (WAV, FLAC or Ogg, by its name), as the agent would say it: Markdown and emoji are
left out, and it is cut into phrases first.

  voiceflow say "Hello. How can I help?" -o hello.wav
  voiceflow say - -o chapter.flac --tts flite < chapter.txt
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", metavar="TEXT", help="what to say; - reads it from the terminal or a pipe")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the sound file")
    parser.add_argument(
        "--tts", choices=("hibari", "flite", "espeak"), help="the voice's program; else the best one here"
    )
    parser.add_argument(
        "--voice",
        help="a voice, of whichever program has it (flite: slt, rms, awb, kal16; espeak: a language such as de; "
        "hibari: the file of a model)",
    )


def main(args: argparse.Namespace) -> int:
    from voiceflow.sound_file import check_format

    check_format(args.output)
    check_output(args.output)
    _loop.run(_say, args)
    return 0


def _tts(args: argparse.Namespace) -> Node:
    if args.tts is None and args.voice is None:
        from voiceflow.graphs.cascade import best_voice

        return best_voice()
    program = args.tts or _program_of(args.voice)
    if program == "hibari":
        from voiceflow.nodes.hibari import Hibari

        if args.voice is not None and not Path(args.voice).exists():
            raise GraphError(
                f"--voice {args.voice}: there is no such file; hibari has one voice of its own, and those of files"
            )
        return Hibari(model=args.voice)
    if program == "flite":
        from voiceflow.nodes.flite import Flite

        return Flite(voice=args.voice) if args.voice else Flite()
    from voiceflow.nodes.espeak import Espeak

    return Espeak(language=args.voice) if args.voice else Espeak()


def _program_of(voice: str) -> str:
    """Who has a voice of this name."""
    from voiceflow.nodes.flite import VOICES

    if voice in VOICES:
        return "flite"
    return "hibari" if {"/", "."} & set(voice) else "espeak"  # which knows by itself what it has


@contextmanager
def _no_such_voice(args: argparse.Namespace) -> Generator[None]:
    """A voice that nobody has was looked for with eSpeak NG last: name those of the others as well.

    Raises:
        GraphError: there is no such voice.
    """
    from voiceflow import NodeFailed
    from voiceflow.nodes.flite import VOICES

    try:
        yield
    except NodeFailed as error:
        if args.tts is not None or args.voice is None or error.node != "espeak":
            raise
        raise GraphError(f"--voice {args.voice}: flite has {', '.join(VOICES)}; {error.__cause__}") from error


def _has_words(text: str) -> bool:
    """Whether there is more to be read than marks, which some voices name and others breathe at."""
    return any(letter.isalnum() or category(letter).startswith("S") for letter in text)


def _why_silent(text: str, voice: str) -> str:
    """Why nothing is heard of a text."""
    from voiceflow.machines.clean import Clean

    if _has_words(Clean().filter(text).text):
        return f"{voice} reads no letter of this text; choose a voice of its language with --tts and --voice"
    return "there is nothing to say in this text: no words are left of it"


async def _say(args: argparse.Namespace) -> None:
    import numpy as np

    from voiceflow import Chunker, Graph, In, Ports, ProviderError, Session, Sink, Spoken, TextFilter
    from voiceflow.nodes.soundfile import write_audio

    @attrs.define(eq=False)
    class Collector(Sink):
        """Takes all that is spoken, at once."""

        chunks: list[Spoken] = attrs.Factory(list[Spoken])

        spoken = In(Spoken)

        async def play(self, ports: Ports) -> None:
            async for chunk in ports[self.spoken]:
                self.chunks.append(chunk)

        def drop(self, turn: int) -> None:
            pass

        def heard(self, turn: int) -> str:
            return ""

    sink = Collector()
    text = sys.stdin.read() if args.text == "-" else args.text
    with given_by("--voice"):
        tts = _tts(args)
    with _no_such_voice(args):
        async with Session(Graph().connect(TextFilter(), Chunker(), tts, sink)) as session:
            utterance = await session.say(text)
    if utterance.error is not None:
        raise utterance.error
    if not any(len(chunk.samples) and _has_words(chunk.phrase.text) for chunk in sink.chunks):
        raise ProviderError(_why_silent(text, tts.name), retryable=False)
    rate = sink.chunks[0].rate
    write_audio(args.output, np.concatenate([chunk.samples for chunk in sink.chunks]), rate)
    seconds = sum(len(chunk.samples) for chunk in sink.chunks) / rate
    print(f"{args.output}: {seconds:.1f} s at {rate} Hz", file=sys.stderr)
