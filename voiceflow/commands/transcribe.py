"""`voiceflow transcribe`: sound file in, words out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voiceflow import Node, Transcript
    from voiceflow.machines.wer import WordErrors

HELP = """\
Writes down what is said in sound files, as fast as the machine can.

PocketSphinx, the embedded default, understands clear studio speech; old recordings, noise and far microphones it
understands badly. Whisper understands nearly everything: pip install 'voiceflow[whisper]'.

  voiceflow transcribe meeting.wav
  voiceflow transcribe *.flac --stt whisper --reference words.json     also prints word error rates

words.json maps file names to what is really said: {"meeting.wav": "good morning everybody"}.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", metavar="FILE", nargs="+", type=Path, help="any sound file")
    parser.add_argument("--stt", choices=("pocketsphinx", "whisper"), default="pocketsphinx", help="the recogniser")
    parser.add_argument("--model", help="a path or a name of the recogniser's model")
    parser.add_argument("--reference", type=Path, metavar="FILE", help="the right words, to count the errors")
    parser.add_argument("--times", action="store_true", help="say when each utterance begins")
    parser.add_argument("--json", action="store_true", help="one JSON object a file")


def main(args: argparse.Namespace) -> int:
    import trio

    return trio.run(_transcribe, args)


def _stt(args: argparse.Namespace) -> Node:
    if args.stt == "whisper":
        from voiceflow.nodes.faster_whisper import FasterWhisper

        return FasterWhisper(model=args.model or "whisper-base")
    from voiceflow.nodes.pocketsphinx import PocketSphinx

    return PocketSphinx(model=args.model)


async def _transcribe(args: argparse.Namespace) -> int:
    from rich.console import Console

    references: dict[str, str] = json.loads(args.reference.read_text(encoding="utf-8")) if args.reference else {}
    status = Console(stderr=True).status("listening")
    total: list[WordErrors] = []
    for path in args.files:
        status.update(f"listening to {path.name}")
        with status:
            found = await _words(path, _stt(args))
        text = " ".join(transcript.text for transcript in found)
        errors = _errors(references, path, text)
        total += [errors] if errors else []
        _print(args, path, found, errors)
    if len(total) > 1:
        _print_total(total)
    return 0


async def _words(path: Path, stt: Node) -> list[Transcript]:
    """The finals that a recogniser finds in a file, with a VAD in front."""
    from voiceflow import Graph, Session, Transcript
    from voiceflow.nodes.silero import Silero
    from voiceflow.nodes.soundfile import FileSource

    found: list[Transcript] = []
    # Pauses of a reader are longer than those of a talk; an utterance that is cut in a pause loses no word.
    source, vad = FileSource(str(path), realtime=False), Silero(min_silence=0.5)
    graph = Graph().connect(source, vad, stt)

    def look(frame: object) -> None:
        if isinstance(frame, Transcript) and frame.stage == "final":
            found.append(frame)

    graph.tap(stt.transcripts, look)  # type: ignore[attr-defined]
    async with Session(graph) as session:
        await session.finished()
    return found


def _errors(references: dict[str, str], path: Path, text: str) -> WordErrors | None:
    from voiceflow.machines.wer import word_errors

    reference = references.get(path.name, references.get(path.stem))
    return word_errors(reference, text) if reference is not None else None


def _print(args: argparse.Namespace, path: Path, found: list[Transcript], errors: WordErrors | None) -> None:
    if args.json:
        lines = [{"text": t.text, "start": (t.start or 0) / t.rate, "end": (t.end or 0) / t.rate} for t in found]
        rate = {} if errors is None else {"word_error_rate": round(errors.rate, 4)}
        print(json.dumps({"file": str(path), "utterances": lines, **rate}, ensure_ascii=False), flush=True)
        return
    if len(args.files) > 1:
        print(f"{path}:")
    for transcript in found:
        when = f"{(transcript.start or 0) / transcript.rate:8.2f}  " if args.times else ""
        print(f"{when}{transcript.text}", flush=True)
    if errors is not None:
        print(f"word error rate {errors.rate:.1%} ({errors.errors} of {errors.reference} words)", file=sys.stderr)


def _print_total(total: list[WordErrors]) -> None:
    wrong, words = sum(e.errors for e in total), sum(e.reference for e in total)
    print(f"word error rate in all {wrong / max(1, words):.1%} ({wrong} of {words} words)", file=sys.stderr)
