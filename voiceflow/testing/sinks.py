"""What every node that the agent is heard by must do: sinks, which say what was heard, and recorders."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import trio

from voiceflow._executor import Executor
from voiceflow.frames import Audio, Frame, Phrase, Samples, Spoken, Text
from voiceflow.graph import Graph
from voiceflow.node import Node, Sink
from voiceflow.ports import In, Out
from voiceflow.services import Ports
from voiceflow.session import Session
from voiceflow.testing.contracts import END, Make, blocks, require
from voiceflow.testing.drive import drive
from voiceflow.utterance import Utterance

_WORDS = "one two three four five six seven eight"
_RATE = 16000

_STOP = 0.5


def _tone(seconds: float) -> Samples:
    tone: Samples = (3000 * np.sin(np.arange(round(seconds * _RATE)) * 0.2)).astype(np.int16)
    return tone


class _Reciter(Node):
    """Says a word every 0.2 s, each of which sounds for 0.25 s: aloud and in writing."""

    words = In(Text, items=1)
    spoken = Out(Spoken)
    text = Out(Text)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for whole in ports[self.words]:
            phrase, words = Phrase(whole.text), whole.text.split()
            for n, word in enumerate(words):
                await ports[self.text].send(Text(f" {word}" if n else word))
                await ports[self.spoken].send(Spoken(_tone(0.25), _RATE, phrase, last=n + 1 == len(words)))
                await trio.sleep(0.2)


async def check_sink(make: Callable[[], Sink], *, executor: Executor | None = None) -> None:
    """A sink plays turns to their end, stops at once, and always says a prefix of what was said as heard.

    It is run as the sink of a session, with a part before it that says eight words in two seconds.
    """
    sink, reciter = make(), _Reciter()
    given = {Spoken: reciter.spoken, Text: reciter.text}
    wanted = [getattr(sink, name) for name, port in sink.inlets().items() if port.kind in given]
    require(len(wanted) == 1, "takes Spoken or Text by one inlet", wanted)
    audible: list[int | None] = []
    with trio.move_on_after(END) as scope:
        async with Session(Graph().connect(given[wanted[0].kind], wanted[0]), executor=executor) as session:
            session.on("turn.audible", lambda mark: audible.append(mark.turn))
            await _plays(session, sink, audible)
            await _stops(session, sink)
            await _holds(session, sink)
            await _plays(session, sink, audible)
            session.say(_WORDS)
    require(not scope.cancelled_caught, f"plays, holds and stops within {END:g} s")


async def _plays(session: Session, sink: Sink, audible: list[int | None]) -> None:
    empty = await session.say("")
    require(empty.error is None and empty.heard == "", "ends a turn without a word", empty)
    handle = session.say(_WORDS)
    heard = [""]
    while not handle.done:
        heard.append(sink.heard(handle.id))
        require(heard[-1].startswith(heard[-2]), "never unsays what was heard", heard[-2:])
        await trio.sleep(0.05)
    require(handle.error is None, "plays a turn without an error", handle.error)
    require(handle.heard == _WORDS, "has let all of a whole turn be heard when it ends", handle.heard)
    require(audible.count(handle.id) == 1, "says once that a turn is audible", audible)
    require(empty.id not in audible, "says so of no turn that has no sound", audible)
    require(sink.heard(handle.id + 1000) == "", "has heard nothing of a turn that it does not know")


async def _until_audible(handle: Utterance) -> None:
    while handle.state != "speaking":
        require(not handle.done, "becomes audible before it ends", handle)
        await trio.sleep(0.01)


async def _stops(session: Session, sink: Sink) -> None:
    handle = session.say(_WORDS)
    await _until_audible(handle)
    await trio.sleep(0.7)
    sink.duck()
    asked = trio.current_time()
    session.interrupt()
    heard, position = handle.heard, sink.position(handle.id)
    require(_WORDS.startswith(heard) and heard != _WORDS, "says a prefix of what was said as heard", heard)
    await handle
    late = trio.current_time() - asked
    require(late <= _STOP, f"stops within {_STOP:g} s when it is interrupted", late)
    await trio.sleep(0.5)
    after = sink.heard(handle.id), sink.position(handle.id)
    require(after == (heard, position), "stays at what was heard when a turn is dropped", (heard, position, after))


async def _holds(session: Session, sink: Sink) -> None:
    handle = session.say(_WORDS)
    await _until_audible(handle)
    await trio.sleep(0.3)
    sink.hold()
    await trio.sleep(1.0)  # what a device holds already may sound
    before = sink.position(handle.id)
    await trio.sleep(0.5)
    after = sink.position(handle.id)
    require(before == after, "stands while it is held", (before, after))
    sink.resume()
    await handle
    require(handle.heard == _WORDS, "plays on to the end when it is let go", handle.heard)


async def check_recorder(make: Make, *, seconds: float = 2.0, executor: Executor | None = None) -> None:
    """A recorder takes all the audio that it is given, ends when every side has, and lets nobody wait for long."""
    sides = list(make().inlets())
    require(bool(sides) and not make().outlets(), "takes audio and gives nothing", sides)
    whole: list[Frame] = [*blocks(_tone(seconds), _RATE)]
    gap: list[Frame] = [frame for n, frame in enumerate(whole) if n % 10 < 7]
    feeds: list[dict[str, list[Frame]]] = [
        {},
        {sides[-1]: whole},
        dict.fromkeys(sides, whole),
        dict.fromkeys(sides, gap),
    ]
    for feed in feeds:
        with trio.move_on_after(END) as scope:
            await drive(make(), feed, executor=executor)
        require(not scope.cancelled_caught, f"ends within {END:g} s of its input's end", sorted(feed))
    await _is_cut_off(make, whole, sides, executor)


async def _is_cut_off(make: Make, frames: list[Frame], sides: list[str], executor: Executor | None) -> None:
    """Cancelled in the middle of a call, it has five seconds to bring what it has to an end."""
    feed: list[Frame | float] = [each for frame in frames for each in (frame, 0.02)]
    half = sum(len(frame.samples) for frame in frames if isinstance(frame, Audio)) / _RATE / 2
    with trio.move_on_after(half) as scope:
        await drive(make(), dict.fromkeys(sides, feed), executor=executor)
    late = trio.current_time() - scope.deadline if scope.cancelled_caught else 0.0
    require(late <= 5.0, "ends within 5 s of being cancelled", late)
