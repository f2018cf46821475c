"""`voiceflow transcribe`: sound file in, words out."""

from __future__ import annotations

import argparse
import json
import sys
from functools import reduce
from math import isfinite
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, cast

from voiceflow.commands import _loop
from voiceflow.errors import ProviderError

if TYPE_CHECKING:
    from voiceflow import Executor, Node, Transcript
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
    return _loop.run(_transcribe, args)


def _stages(args: argparse.Namespace) -> list[Node]:
    """What a file goes through; the last is the recogniser."""
    from voiceflow.nodes.silero import Silero

    # Pauses of a reader are longer than those of a talk; an utterance that is cut in a pause loses no word.
    vad = Silero(min_silence=0.5)
    if args.stt == "whisper":
        from voiceflow.nodes.faster_whisper import FasterWhisper

        return [vad, FasterWhisper(model=args.model or "whisper-base")]
    from voiceflow.nodes.pocketsphinx import PocketSphinx
    from voiceflow.nodes.webrtc_ns import WebRtcDenoise

    return [WebRtcDenoise(), vad, PocketSphinx(model=args.model)]  # as it hears in a call


async def _transcribe(args: argparse.Namespace) -> int:
    import trio

    from voiceflow.commands._kept import KeptProcesses

    async with trio.open_nursery() as nursery:
        failed = await _each(args, KeptProcesses(nursery))
        nursery.cancel_scope.cancel(reason="all files were heard")
    return failed


async def _each(args: argparse.Namespace, executor: Executor) -> int:
    from rich.console import Console

    references = _references(args.reference)
    status = Console(stderr=True).status("listening")
    total: list[WordErrors] = []
    failed = 0
    for path in args.files:
        status.update(f"listening to {path.name}")
        try:
            with status:
                found, notes = await _words(path, _stages(args), executor)
        except ProviderError as error:  # of this file; the others may be well
            if args.debug:
                raise
            _note(str(error))
            failed = 1
            continue
        if not found:
            notes.append("no words were heard in it")
        text = " ".join(transcript.text for transcript in found)
        errors = _errors(references, path, text)
        total += [errors] if errors else []
        _print(args, path, found, errors)
        for note in notes:
            _note(f"{path}: {note}")
        if errors is None and args.reference is not None:
            _note(f"{args.reference} has no words for {path.name}")
    if len(total) > 1:
        _print_total(total)
    return failed


def _note(line: str) -> None:
    print(f"voiceflow transcribe: {line}", file=sys.stderr, flush=True)


def _references(path: Path | None) -> dict[str, str]:
    """What is said in which file, as the user wrote it down.

    Raises:
        ProviderError: there is no such file, or it is none that says so.
    """
    if path is None:
        return {}
    expected = 'expected a JSON object of texts: {"meeting.wav": "good morning everybody"}'
    try:
        data: object = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ProviderError(f"--reference {path} cannot be read: {error.strerror}", retryable=False) from error
    except (ValueError, RecursionError) as error:
        raise ProviderError(f"--reference {path}: {expected}; it is no JSON: {error}", retryable=False) from error
    if not isinstance(data, dict):
        raise ProviderError(f"--reference {path}: {expected}; got a {type(data).__name__}", retryable=False)
    references: dict[str, str] = {}
    for name, words in cast(dict[str, object], data).items():
        if not isinstance(words, str):
            raise ProviderError(f"--reference {path}: {expected}; got {words!r} for {name!r}", retryable=False)
        references[name] = words
    return references


async def _words(path: Path, stages: list[Node], executor: Executor) -> tuple[list[Transcript], list[str]]:
    """The finals that a recogniser finds in a file, and what is wrong with the file.

    Raises:
        ProviderError: it cannot be heard at all.
    """
    from voiceflow import Graph, Mark, NodeFailed, Session, Trace, Transcript
    from voiceflow.nodes.soundfile import FileSource

    found: list[Transcript] = []
    notes: list[str] = []
    source = FileSource(str(path), realtime=False)
    graph = Graph().connect(source, *stages)

    def look(frame: object) -> None:
        if isinstance(frame, Transcript) and frame.stage == "final":
            found.append(frame)

    def watch(mark: Mark) -> None:
        if mark.name == "file.cut":
            missing = mark.values["missing"]
            notes.append(f"breaks off; {'some' if missing is None else missing} of its samples are missing")
        elif mark.name == "file.repaired":
            notes.append(f"{mark.values['samples']} of its samples are no numbers, and were taken for silence")

    graph.tap(stages[-1].transcripts, look)  # type: ignore[attr-defined]
    trace = Trace()
    trace.subscribe(watch)
    try:
        async with Session(graph, trace=trace, executor=executor) as session:
            await session.finished()
    except NodeFailed as error:
        if error.node == graph.name_of(source) and isinstance(error.__cause__, ProviderError):
            raise error.__cause__ from error
        raise
    return found, notes


def _errors(references: dict[str, str], path: Path, text: str) -> WordErrors | None:
    from voiceflow.machines.wer import word_errors

    reference = references.get(path.name, references.get(path.stem))
    return word_errors(reference, text) if reference is not None else None


def _print(args: argparse.Namespace, path: Path, found: list[Transcript], errors: WordErrors | None) -> None:
    if args.json:
        lines = [{"text": t.text, "start": (t.start or 0) / t.rate, "end": (t.end or 0) / t.rate} for t in found]
        # No rate where words were heard and none were said: JSON has no infinity.
        rate = {} if errors is None else {"word_error_rate": round(errors.rate, 4) if isfinite(errors.rate) else None}
        print(json.dumps({"file": str(path), "utterances": lines, **rate}, ensure_ascii=False), flush=True)
        return
    if len(args.files) > 1:
        print(f"{path}:")
    for transcript in found:
        when = f"{(transcript.start or 0) / transcript.rate:8.2f}  " if args.times else ""
        print(f"{when}{transcript.text}", flush=True)
    if errors is not None:
        _print_rate("word error rate", errors)


def _print_total(total: list[WordErrors]) -> None:
    _print_rate("word error rate in all", reduce(add, total))


def _print_rate(what: str, errors: WordErrors) -> None:
    rate = f"{errors.rate:.1%}" if isfinite(errors.rate) else "-"
    print(f"{what} {rate} ({errors.errors} of {errors.reference} words)", file=sys.stderr)
