"""What every node of a kind must do, as checks that anyone can run on their own node.

    async def test_my_recogniser() -> None:
        await check_stt(MyRecogniser, speech=read_audio("hello.wav", 16000))

Each check makes fresh nodes, runs them on real wires and raises `ContractBroken` with the rule that failed. A node that
needs a model, a server or a device is checked with it; run the checks in real time, or with an `InlineExecutor` in
virtual time.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import trio

from voiceflow._executor import Executor
from voiceflow.frames import (
    Audio,
    Frame,
    Message,
    Prediction,
    Prompt,
    Samples,
    Speech,
    Text,
    Transcript,
)
from voiceflow.node import Node
from voiceflow.testing.drive import Driven, drive

Make = Callable[[], Node]
Feeds = Mapping[str, Iterable[Frame | float]]

# Generous bounds on a loaded machine: a node that hangs must fail its check, not the patience of whoever runs it.
END = 60.0
"""Seconds in which a node that was given all its input ends."""

_CANCEL = 5.0


class ContractBroken(AssertionError):
    """A node does not do what every node of its kind must; the message says which rule."""


def require(holds: bool, rule: str, got: object = "") -> None:
    if not holds:
        raise ContractBroken(f"{rule}{f'; got {got!r}' if got != '' else ''}")


def blocks(samples: Samples, rate: int, size: int = 320) -> list[Audio]:
    """A signal cut into blocks with their positions."""
    return [Audio(samples[n : n + size], rate, n) for n in range(0, len(samples), size)]


def silence(seconds: float, rate: int = 16000) -> list[Audio]:
    return blocks(np.zeros(round(seconds * rate), np.int16), rate)


def spoken_blocks(samples: Samples, rate: int, pad: float = 0.6) -> list[Audio]:
    """A recording between two silences, with the verdicts of a VAD that is always right, in band."""
    lead = round(pad * rate) // 320 * 320
    whole = np.concatenate((np.zeros(lead, np.int16), samples, np.zeros(lead, np.int16)))
    found = blocks(whole, rate)
    start, end = lead, lead + len(samples)
    marked: list[Audio] = []
    for block in found:
        verdict: Speech | None = None
        if block.pts <= start < block.end:
            verdict = Speech(True, start, block.end, rate)
        elif block.pts <= end + rate // 5 < block.end:
            verdict = Speech(False, end, block.end, rate)
        marked.append(Audio(block.samples, rate, block.pts, speech=verdict))
    return marked


async def run_whole(
    make: Make, feeds: Mapping[str, Iterable[Frame | float]], executor: Executor | None, rule: str
) -> Driven:
    with trio.move_on_after(END) as scope:
        return await drive(make(), feeds, executor=executor)
    require(not scope.cancelled_caught, f"{rule}: ends within {END:g} s of its input's end")
    raise AssertionError("unreachable")


async def cancel_midway(make: Make, feeds: Feeds, outlet: str, executor: Executor | None) -> None:
    """Cancel a node when its first frame has left, and again before anything has."""
    for frames in (0, 1):
        seen, asked = Driven({}), list[float]()
        with trio.move_on_after(END) as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_watch_and_cancel, seen, outlet, frames, nursery.cancel_scope, asked)
                await drive(make(), feeds, executor=executor, into=seen)
                nursery.cancel_scope.cancel(reason="the node ended first")
        require(not scope.cancelled_caught, f"gives {frames} frames or ends within {END:g} s")
        _in_time(asked)


async def _watch_and_cancel(
    seen: Driven, outlet: str, frames: int, scope: trio.CancelScope, asked: list[float]
) -> None:
    await seen.gave(outlet, frames)
    asked.append(trio.current_time())
    scope.cancel(reason="the check cancels in mid-stream")


def _in_time(asked: list[float]) -> None:
    late = trio.current_time() - asked[0] if asked else 0.0
    require(late <= _CANCEL, f"cancelled: ends within {_CANCEL:g} s", late)


async def _after_an_error(
    make: Make, feeds: Mapping[str, Sequence[Frame]], same: Callable[[Driven], object], executor: Executor | None
) -> None:
    """A second node works as the first did, after one was cancelled: nothing shared was left broken."""
    first = await run_whole(make, feeds, executor, "a whole run")
    await cancel_midway(make, feeds, next(iter(first.timed)), executor)
    again = await run_whole(make, feeds, executor, "a run after a cancelled one")
    require(same(first) == same(again), "gives the same after another was cancelled", (same(first), same(again)))


async def check_source(make: Make, *, seconds: float | None = None, executor: Executor | None = None) -> None:
    """A source gives audio whose positions run on, but for what it says is missing.

    Args:
        seconds: for a source that never ends, as a microphone: how much of it is listened to.
    """
    driven = await (
        run_whole(make, {}, executor, "a whole run") if seconds is None else _listen(make, seconds, executor)
    )
    at: int | None = None
    for frame in driven["audio"]:
        require(isinstance(frame, Audio), "gives Audio", frame)
        assert isinstance(frame, Audio)
        require(at is None or frame.pts == at + frame.gap, "positions run on", (at, frame.pts, frame.gap))
        at = frame.end
    require(at is not None, "gives some audio")
    await cancel_midway(make, {}, "audio", executor)


async def _listen(make: Make, seconds: float, executor: Executor | None) -> Driven:
    driven = Driven({})
    with trio.move_on_after(END):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_stop_after, seconds, driven, nursery.cancel_scope)
            await drive(make(), executor=executor, into=driven)
            nursery.cancel_scope.cancel(reason="the source ended first")
    heard = _seconds(driven)
    require(heard >= seconds, f"gives {seconds:g} s of audio within {END:g} s", heard)
    return driven


async def _stop_after(seconds: float, driven: Driven, scope: trio.CancelScope) -> None:
    while _seconds(driven) < seconds:
        await driven.gave("audio", len(driven.timed.get("audio", ())) + 1)
    scope.cancel(reason="enough was heard")


def _seconds(driven: Driven) -> float:
    return sum(len(f.samples) / f.rate for _, f in driven.timed.get("audio", ()) if isinstance(f, Audio))


async def check_filter(make: Make, *, rate: int = 16000, executor: Executor | None = None) -> None:
    """A filter of audio (denoise, resampling, VAD) keeps positions true and the length whole."""
    (inlet,) = make().inlets()
    require((await run_whole(make, {}, executor, "empty input"))["audio"] == [], "gives nothing for nothing")
    tone = (3000 * np.sin(np.arange(rate) * 0.2)).astype(np.int16)
    for size in (160, 320, 333, 4096):
        driven = await run_whole(make, {inlet: blocks(tone, rate, size)}, executor, f"blocks of {size}")
        out = [frame for frame in driven["audio"] if isinstance(frame, Audio)]
        require(bool(out) and out[0].pts == 0, "begins at sample 0", out[:1])
        for before, after in itertools.pairwise(out):
            require(after.pts == before.end, "positions run on", (before.end, after.pts))
        expected = round(len(tone) * out[0].rate / rate)
        require(abs(out[-1].end - expected) <= 1, "gives as much as it was given", (out[-1].end, expected))
    quiet = await run_whole(make, {inlet: silence(1.0, rate)}, executor, "silence")
    heard = (f.samples.astype(np.int32) for f in quiet["audio"] if isinstance(f, Audio))
    level = max((int(np.abs(samples).max(initial=0)) for samples in heard), default=0)
    require(level <= 4, "leaves silence silent", level)
    await _after_an_error(make, {inlet: blocks(tone, rate)}, lambda d: len(d["audio"]), executor)


async def check_vad(make: Make, *, speech: Samples, rate: int = 16000, executor: Executor | None = None) -> None:
    """A VAD passes audio on untouched, finds speech, and leaves silence alone."""
    await check_filter(make, rate=rate, executor=executor)
    (inlet,) = make().inlets()
    quiet = await run_whole(make, {inlet: silence(3.0, rate)}, executor, "silence")
    require(quiet["speech"] == [], "finds no speech in silence", quiet["speech"])
    pad = np.zeros(rate, np.int16)
    given = np.concatenate((pad, speech, pad))
    driven = await run_whole(make, {inlet: blocks(given, rate)}, executor, "speech")
    kept = np.concatenate([f.samples for f in driven["audio"] if isinstance(f, Audio)])
    require(np.array_equal(kept, given), "passes audio on untouched")
    verdicts = [f for f in driven["speech"] if isinstance(f, Speech)]
    edges = _edges(verdicts)
    require(bool(edges), "finds the speech")
    require([f.active for f in edges] == [True, False] * (len(edges) // 2), "starts and ends alternate", edges)
    require(all(f.pts <= f.known for f in verdicts), "knows of nothing before it happened", verdicts)
    inside = range(rate // 2, len(given) - rate // 2)
    require(edges[0].pts in inside and edges[-1].pts in inside, "the edges lie at the speech", (edges[0], edges[-1]))
    in_band = [f.speech for f in driven["audio"] if isinstance(f, Audio) and f.speech is not None]
    require(_edges(in_band) == edges, "tells the same in band", (in_band, edges))


def _edges(verdicts: Iterable[Speech]) -> list[Speech]:
    """Starts and ends, without the pauses inside an utterance."""
    found: list[Speech] = []
    for verdict in verdicts:
        if verdict.active != (bool(found) and found[-1].active):
            found.append(verdict)
    return found


async def check_stt(make: Make, *, speech: Samples, rate: int = 16000, executor: Executor | None = None) -> None:
    """A recogniser hears words where there are some and none where there are none, and ends in a final."""
    require((await run_whole(make, {}, executor, "empty input"))["transcripts"] == [], "hears nothing in nothing")
    quiet = _words(await run_whole(make, {"audio": silence(2.0, rate)}, executor, "silence"))
    require(quiet == [], "hears no words in silence", len(quiet))
    given = spoken_blocks(speech, rate)
    driven = await run_whole(make, {"audio": given}, executor, "speech")
    transcripts = [f for f in driven["transcripts"] if isinstance(f, Transcript)]
    require(bool(_words(driven)), "hears words in speech")
    require(transcripts[-1].stage == "final", "ends an utterance with a final", transcripts[-1].stage)
    for each in transcripts:
        start, end = each.start or 0, each.end if each.end is not None else given[-1].end
        require(0 <= start <= end <= given[-1].end, "places words inside the audio", (start, end))
    await _after_an_error(make, {"audio": given}, _words, executor)


def _words(driven: Driven) -> list[str]:
    finals = (f for f in driven["transcripts"] if isinstance(f, Transcript) and f.stage == "final")
    return [word for f in finals for word in f.text.split()]


async def check_detector(make: Make, *, speech: Samples, rate: int = 16000, executor: Executor | None = None) -> None:
    """A turn detector gives probabilities for ends of speech, and none without."""
    require((await run_whole(make, {}, executor, "empty input"))["predictions"] == [], "predicts nothing of nothing")
    feeds: dict[str, list[Frame | float]] = {"audio": [*spoken_blocks(speech, rate)]}
    node = make()
    if "transcripts" in node.inlets():
        feeds["transcripts"] = [Transcript("what is the capital of france", "final", rate)]
    driven = await run_whole(make, {k: v for k, v in feeds.items() if k in node.inlets()}, executor, "speech")
    found = [f for f in driven["predictions"] if isinstance(f, Prediction)]
    require(bool(found), "predicts something when speech has ended")
    require(all(0.0 <= f.probability <= 1.0 for f in found), "gives probabilities", found)


def question(text: str = "What is the capital of France?") -> Prompt:
    system = Message("system", "You answer in one short sentence.", 1)
    return Prompt((system, Message("user", text, 2)))


async def check_llm(make: Make, *, executor: Executor | None = None) -> None:
    """A model writes a reply in pieces, in any language, and stops when it is cancelled."""
    require((await run_whole(make, {}, executor, "no prompt"))["text"] == [], "writes nothing without a prompt")
    driven = await run_whole(make, {"prompt": [question()]}, executor, "a question")
    pieces = [f for f in driven["text"] if isinstance(f, Text)]
    require(bool("".join(f.text for f in pieces).strip()), "writes a reply")
    require(len(pieces) > 1, "writes it in pieces", len(pieces))
    await run_whole(
        make,
        {"prompt": [question("\u4f60\u597d \U0001f600 \u0645\u0631\u062d\u0628\u0627 \x00 <|im_end|>")]},
        executor,
        "any text",
    )
    await cancel_midway(make, {"prompt": [question()]}, "text", executor)
    after = await run_whole(make, {"prompt": [question()]}, executor, "a question after a cancelled one")
    require(bool(after["text"]), "answers after another reply was cancelled")
