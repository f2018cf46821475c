"""What is replayed after a crash, and what of it is swallowed."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
import trio
from trio.testing import MockClock

from voiceflow import Audio, EndOfStream, In, Node, Out, Phrase, Ports, Prediction, Spoken, Text, Transcript
from voiceflow._inbox import KEPT, Inbox
from voiceflow._outbox import Outbox
from voiceflow._wire import Bell, Wire
from voiceflow.machines.progress import progress, tail
from voiceflow.machines.restart import RestartPolicy
from voiceflow.testing import drive

PATIENT = RestartPolicy(attempts=1000, budget=1000, backoff=0.01)


def wire(items: int = KEPT * 2) -> Wire:
    return Wire("test", items * 1_000_000_000, live=False, bell=Bell())


async def test_what_was_taken_is_given_again_until_it_is_committed() -> None:
    """`receive` commits all that came before; `take` commits nothing; `commit` all that was taken."""
    commits: list[int] = []
    inbox = Inbox(wire(), lambda: commits.append(1))
    for n in range(5):
        await inbox.wire.send(Text(str(n)))
    inbox.wire.close()
    assert [await inbox.take(), await inbox.take()] == [Text("0"), Text("1")]
    assert (commits, inbox.replays) == ([], False)
    inbox.rewind()
    assert inbox.replays
    assert [await inbox.receive(), await inbox.receive()] == [Text("0"), Text("1")]
    assert commits == [1]
    inbox.rewind()
    assert [await inbox.take(), await inbox.take()] == [Text("1"), Text("2")]
    inbox.commit()
    inbox.commit()
    inbox.rewind()
    assert commits == [1, 1]
    assert [frame async for frame in inbox] == [Text("3"), Text("4")]
    with pytest.raises(EndOfStream):
        await inbox.take()


async def test_a_replay_can_be_cancelled() -> None:
    """And loses nothing by it."""
    inbox = Inbox(wire(), lambda: None)
    await inbox.wire.send(Text("a"))
    await inbox.take()
    inbox.rewind()
    with trio.move_on_after(0) as scope:
        await inbox.take()
    assert scope.cancelled_caught
    assert await inbox.take() == Text("a")


async def test_what_is_kept_for_a_replay_is_bounded() -> None:
    """A node that never commits forgets its oldest, and how many is counted."""
    inbox = Inbox(wire(), lambda: None)
    for n in range(KEPT + 3):
        await inbox.wire.send(Text(str(n)))
        await inbox.take()
    assert (inbox.forgotten, len(inbox.pending)) == (3, KEPT)
    inbox.rewind()
    assert await inbox.take() == Text("3")
    inbox.close()
    assert (len(inbox.pending), inbox.wire.deaf) == (0, True)


@pytest.mark.parametrize(
    ("frame", "steps"),
    [
        (Audio(np.zeros(7, np.int16), 16000), 7),
        (Spoken(np.zeros(3, np.int16), 16000, Phrase("a")), 3),
        (Text(" a b\n"), 2),
        (Phrase("ab c"), 3),
        (Prediction(0.5, 1, 16000), None),
        (Transcript("so far", "interim", 16000), None),
        (Transcript("so far", "preflight", 16000), None),
        (Transcript("all", "final", 16000), 1),
    ],
    ids=repr,
)
def test_progress_is_counted_in_what_cannot_come_twice(frame: Audio | Text | Transcript, steps: int | None) -> None:
    """Samples, characters that are no white space, or frames; interims and predictions may be told again."""
    assert progress(frame) == steps


def test_the_tail_of_a_frame_keeps_its_place() -> None:
    """Positions, spans and marks move with what is left."""
    assert tail(Audio(np.arange(5, dtype=np.int16), 16000, 100), 2) == Audio(
        np.arange(2, 5, dtype=np.int16), 16000, 102
    )
    phrase = Phrase("a b c", ((0, 10, 1), (2, 20, 1), (4, 30, 1)))
    assert tail(phrase, 1) == Phrase(" b c", ((0, 10, 1), (1, 20, 1), (3, 30, 1)))
    assert tail(Phrase("a b c", ((0, 10, 5),)), 1) == Phrase(" b c", ((0, 11, 4),))
    assert tail(Text("abc"), 9) == Text("")
    spoken = Spoken(np.arange(4, dtype=np.int16), 16000, phrase, last=True)
    assert tail(spoken, 3) == Spoken(np.array([3], np.int16), 16000, phrase, last=True)
    assert tail(Transcript("all", "final", 16000), 1) == Transcript("all", "final", 16000)


async def test_hooks_come_before_the_wires_and_count_for_nothing() -> None:
    """What they make of a frame is sent; what the node sent is what is accounted for."""
    to, seen = wire(), list[Text]()
    first: list[str] = []

    def twice(frame: Text) -> list[Text]:
        return [frame, Text("again")]

    def look(frame: Text) -> list[Text]:
        seen.append(frame)
        return [frame]

    outbox = Outbox([to], [twice, look], first=lambda: first.append("first"))
    await outbox.send(Text("abc"))
    await outbox.send(Text("d"))
    assert seen == [Text("abc"), Text("again"), Text("d"), Text("again")]
    assert [to.pop() for _ in range(4)] == seen
    assert (outbox.progress, list(outbox.sent), first) == (4, [Text("abc"), Text("d")], ["first"])


async def test_a_live_source_has_nothing_to_repeat() -> None:
    """What comes after its crash is new."""
    outbox = Outbox([wire()], live=True)
    await outbox.send(Text("abc"))
    outbox.rewind()
    assert outbox.debt == 0


async def test_a_node_may_go_on_where_its_predecessor_broke_off(autojump_clock: MockClock) -> None:
    """It sees what was sent since the last commit, and says that it repeats nothing."""

    @attrs.define(eq=False)
    class Writer(Node):
        lives: int = 0

        text = In(Text)
        out = Out(Text)

        async def run(self, ports: Ports) -> None:
            self.lives += 1
            async for frame in ports[self.text].taking():
                sent = "".join(piece.text for piece in ports.sent(self.out))
                ports.resume(self.out)
                for character in frame.text[len(sent) :]:
                    await ports[self.out].send(Text(character))
                    if self.lives <= 2 and character in "bd":
                        raise RuntimeError("the stub breaks here")

    driven = await drive(Writer(), {"text": [Text("abcdef")]}, restarts=PATIENT)
    assert "".join(f.text for f in driven["out"] if isinstance(f, Text)) == "abcdef"


async def test_a_source_that_breaks_off_begins_again_and_is_heard_once(autojump_clock: MockClock) -> None:
    """What it repeats is swallowed, to the sample."""

    @attrs.define(eq=False)
    class File(Node):
        lives: int = 0

        audio = Out(Audio)

        async def run(self, ports: Ports) -> None:
            self.lives += 1
            size = 10 * self.lives
            for pts in range(0, 60, size):
                await ports[self.audio].send(Audio(np.arange(pts, pts + size, dtype=np.int16), 16000, pts))
                if pts >= 20 and self.lives < 3:
                    raise RuntimeError("the stub breaks here")

    blocks = [f for f in (await drive(File(), restarts=PATIENT))["audio"] if isinstance(f, Audio)]
    assert [block.pts for block in blocks[1:]] == [block.end for block in blocks[:-1]]
    assert np.concatenate([block.samples for block in blocks]).tolist() == list(range(60))


async def test_what_a_node_may_still_need_is_not_dealt_with() -> None:
    """The last frames that bring so many samples are given again, however often it commits; fewer are all."""
    commits: list[int] = []
    inbox = Inbox(wire(), lambda: commits.append(1))
    blocks = [Audio(np.zeros(100, np.int16), 16000, n * 100) for n in range(5)]
    for block in blocks:
        await inbox.wire.send(block)
    for _ in range(3):
        await inbox.take()
    inbox.commit(150)
    inbox.commit(150)
    assert commits == [1]
    inbox.rewind()
    assert [await inbox.take(), await inbox.take(), await inbox.take()] == blocks[1:4]
    inbox.commit(10_000)
    assert commits == [1]
    inbox.commit()
    inbox.rewind()
    assert [await inbox.take()] == blocks[4:]


@pytest.mark.parametrize("changed", [False, True])
async def test_a_frame_leaves_on_every_wire_or_on_none(autojump_clock: MockClock, changed: bool) -> None:
    """Who is stopped while the second is full has sent it: another incarnation does not give it to the first again."""
    first, second = wire(), wire(1)
    outbox = Outbox([first, second], [lambda frame: [frame]] if changed else [])
    await outbox.send(Text("a"))
    with trio.move_on_after(1):
        await outbox.send(Text("b"))
    outbox.rewind()
    for text in "abc":
        with trio.move_on_after(1):
            await outbox.send(Text(text))
    for each in (first, second):
        assert [each.pop() for _ in "abc"] == [Text("a"), Text("b"), Text("c")]
        assert not each.queue


async def test_a_frame_that_left_on_no_wire_was_not_sent(autojump_clock: MockClock) -> None:
    """Stopped while the first is full, it is sent by the next incarnation."""
    first, second = wire(1), wire()
    outbox = Outbox([first, second])
    await outbox.send(Text("a"))
    with trio.move_on_after(1):
        await outbox.send(Text("b"))
    outbox.rewind()
    first.pop()
    for text in "ab":
        await outbox.send(Text(text))
    assert [frame for _, _, frame in second.queue] == [Text("a"), Text("b")]
