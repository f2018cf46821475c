"""`voiceflow demo`: a recorded caller talks with the agent, offline and in real time."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from voiceflow.commands import _loop
from voiceflow.commands._settings import check_output, complain_of_trace, make_folder, write_text
from voiceflow.errors import VoiceflowError

if TYPE_CHECKING:
    from rich.console import Console

    from voiceflow import Graph, Node, Session
    from voiceflow.observe.lag import LoopLag
    from voiceflow.observe.screen import Screen

HELP = """\
A caller on a recording talks with the agent: five turns, the third of which interrupts an answer. All of it
runs on this machine alone, in real time, with real models: WebRTC denoise, Silero VAD, PocketSphinx, Smart Turn,
SmolLM2, and the voice Hibari. What happens is shown as it happens, and kept in a folder:

  conversation.wav   what was said: the caller on the left, the agent on the right
  trace.jsonl        everything that happened, one JSON object a line
  timeline.svg       a picture of who spoke when, and where the time went
  history.json       the conversation as the model sees it: what the user heard

The status is 0 when the whole script was acted out, most of its words were understood, and the last three could be
written. Ctrl-C ends it at once and keeps what there is by then.
"""

KEPT = ("conversation.wav", "trace.jsonl", "timeline.svg", "history.json")

INSTRUCTIONS = "You are a helpful assistant on the telephone. Answer in two or three short, simple sentences."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--out", type=Path, default=Path("demo-out"), help="the folder (default: %(default)s)")
    parser.add_argument("-i", "--input", type=Path, help="a sound file to be the caller, instead of the script")
    parser.add_argument(
        "--redact",
        choices=("none", "words", "all"),
        default="none",
        help="keep words out of trace.jsonl and the picture (words), or all but figures (all); conversation.wav and "
        "history.json are not written then (default: %(default)s)",
    )


def main(args: argparse.Namespace) -> int:
    from rich.console import Console

    console = Console(highlight=False)
    if args.input is not None:
        _check_heard(args.input)
    make_folder("--out", args.out)
    _check_kept(args.out, args.input)
    return _loop.run(_call, args, console)


@attrs.frozen
class _Caller:
    """Who calls: the node, and the words of the script, if there is one."""

    node: Node
    words: str


def _caller(path: Path | None) -> _Caller:
    from voiceflow import Caller, Step
    from voiceflow.graphs.clips import script
    from voiceflow.nodes.soundfile import FileSource, read_audio

    if path is not None:
        return _Caller(FileSource(str(path)), "")
    lines = script()
    steps = [Step(read_audio(line.path), line.words, line.trigger, line.seconds) for line in lines]
    return _Caller(Caller(steps), " ".join(line.words for line in lines))


def _check_heard(path: Path) -> None:
    """See that there is sound in a file, before anything is loaded or taken away for it."""
    from voiceflow.sound_file import Reader

    reader = Reader(str(path), None)
    try:
        reader.read()
    finally:
        reader.close()


def _build(caller: Node, out: Path, redact: str) -> Graph:
    from voiceflow import Speaker
    from voiceflow.graphs.cascade import build
    from voiceflow.nodes.recorder import Recorder

    speaker = Speaker()
    graph = build(caller.audio, speaker=speaker)  # type: ignore[attr-defined]
    if "agent" in caller.watches():
        graph.connect(speaker.activity, caller.agent)  # type: ignore[attr-defined]
    if redact == "none":
        recorder = Recorder(str(out / "conversation.wav"))
        graph.connect(caller.audio, recorder.caller).connect(speaker.audio, recorder.agent)  # type: ignore[attr-defined]
    return graph


async def _call(args: argparse.Namespace, console: Console) -> int:
    from contextlib import ExitStack

    import trio

    from voiceflow import Session, Trace
    from voiceflow._frozen import frozen
    from voiceflow.observe.lag import LoopLag
    from voiceflow.observe.screen import Screen
    from voiceflow.observe.trace_file import TraceFile

    caller = _caller(args.input)
    graph = _build(caller.node, args.out, args.redact)
    trace, lag, screen = Trace(), LoopLag(), Screen(console)
    file = TraceFile(args.out / "trace.jsonl", args.redact)
    screen.listen_to(graph)
    session = Session(graph, instructions=INSTRUCTIONS, trace=trace)
    console.print(f"[dim]{' → '.join(name for name in graph.nodes if name != 'recorder')}[/dim]")
    began = time.monotonic()
    status = console.status("loading the models")
    try:
        with ExitStack() as kept_to_the_end, lag.beside(), status:
            async with session, trio.open_nursery() as nursery:
                # Not before: a call that cannot begin takes nothing of the last one away.
                _forget(args.out)
                kept_to_the_end.enter_context(file.reading(trace))
                status.stop()
                console.print(f"[dim]models ready after {time.monotonic() - began:.1f} s[/dim]")
                trace.subscribe(screen)
                nursery.start_soon(lag.measure)
                with screen, frozen():
                    await session.finished()
                nursery.cancel_scope.cancel(reason="the call is over")
    finally:
        complain_of_trace(file)
        kept = _keep(args, session, screen)
    well = _report(args, console, session, screen, lag, caller.words)
    return 0 if well and kept and file.error is None else 1


def _check_kept(out: Path, source: Path | None) -> None:
    """See that what is to be kept can be, before anything is loaded for it."""
    kept = [out / name for name in KEPT]
    if source is not None and source.resolve() in [path.resolve() for path in kept]:
        raise VoiceflowError(f"{source} would be written over by this call; choose another folder with --out")
    for path in kept:
        check_output(path)


def _forget(out: Path) -> None:
    """Nothing of a call before stands beside what this one leaves."""
    for name in KEPT:
        (out / name).unlink(missing_ok=True)


def _keep(args: argparse.Namespace, session: Session, screen: Screen) -> bool:
    """Write what there is to be kept of the call, however far it came, and give whether the disk took it.

    A call that never began leaves nothing here.
    """
    from voiceflow.observe.picture import timeline
    from voiceflow.observe.timeline import timeline_svg

    words = args.redact == "none"
    texts: dict[str, str] = {}
    if screen.times.turns:
        texts["timeline.svg"] = timeline_svg(timeline(screen.times, words=words))
        if words:
            history = [attrs.asdict(message) for message in session.history]
            texts["history.json"] = json.dumps(history, indent=1, ensure_ascii=False)
    lost = [name for name, text in texts.items() if not write_text(args.out / name, text)]
    return not lost


def _report(
    args: argparse.Namespace, console: Console, session: Session, screen: Screen, lag: LoopLag, words: str
) -> bool:
    """Say how the call went, and give whether it went as its script says."""
    turns = [turn for turn in screen.times.turns.values() if turn.audible is not None]
    cut = [turn for turn in turns if turn.interrupted is not None]
    console.print(f"\n{len(turns)} turns heard, {len(cut)} interrupted")
    right = _share_understood(words, session)
    if words:
        console.print(f"{right:.0%} of the caller's words understood")
    responses = sorted(turn.response for turn in turns if turn.response is not None)
    if responses:
        console.print(f"response {responses[len(responses) // 2] * 1000:.0f} ms median")
    console.print(str(lag))
    console.print(f"kept in {args.out}/: {', '.join(name for name in KEPT if (args.out / name).exists())}")
    if words and (len(turns) < 3 or not cut or right < 0.8):
        console.print("[red]the script was not acted out as it should be[/red]")
        return False
    return True


def _share_understood(words: str, session: Session) -> float:
    from voiceflow.machines.wer import word_errors

    if not words:
        return 1.0
    heard = " ".join(message.text for message in session.history if message.role == "user")
    return 1.0 - word_errors(words, heard).rate
