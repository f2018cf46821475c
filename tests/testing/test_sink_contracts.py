"""The checks for sinks and recorders: they pass what keeps the contract, and catch whatever breaks a rule."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest
import trio
from trio.testing import MockClock

from voiceflow import Audio, In, Node, Out, Ports, Silence, Sink, Speaker, Spoken, Text, TextSink
from voiceflow.testing import ContractBroken, check_recorder, check_sink


@pytest.mark.parametrize("lead", [0.0, 0.25])
async def test_the_speaker_keeps_the_contract(autojump_clock: MockClock, lead: float) -> None:
    """With a device that holds some of it, too."""
    await check_sink(lambda: Speaker(Silence(lead=lead)))


async def test_the_text_sink_keeps_the_contract(autojump_clock: MockClock) -> None:
    """What was written was read."""
    await check_sink(lambda: TextSink())


class Forgets(Speaker):
    """Says that nothing was heard."""

    def heard(self, turn: int) -> str:
        return ""


class Boasts(Speaker):
    """Says that all was heard as soon as it plays."""

    def heard(self, turn: int) -> str:
        return "one two three four five six seven eight"


class Unsays(Speaker):
    """Changes its mind."""

    def heard(self, turn: int) -> str:
        heard = super().heard(turn)
        return heard if len(heard) < 6 or heard.endswith("eight") else heard[4:]


class Knows(Speaker):
    """Tells of turns that never were."""

    def heard(self, turn: int) -> str:
        return super().heard(turn) or ("something" if turn > 1000 else "")


class Silent(TextSink):
    """Never says that it is audible."""

    async def play(self, ports: Ports) -> None:
        self.on_audible = lambda turn: None
        await super().play(ports)


class Eager(TextSink):
    """Says that it is audible when it is not."""

    async def play(self, ports: Ports) -> None:
        assert ports.turn is not None
        await super().play(ports)
        if not self.heard(ports.turn):
            self.on_audible(ports.turn)


class Twice(Speaker):
    """Says twice that it is audible."""

    async def play(self, ports: Ports) -> None:
        await super().play(ports)
        if ports.turn is not None and self.heard(ports.turn):
            self.on_audible(ports.turn)


class RunsOn(Speaker):
    """Goes on counting when a turn was dropped."""

    dropped: float = 0.0

    def drop(self, turn: int) -> None:
        super().drop(turn)
        self.dropped = trio.current_time()

    def position(self, turn: int) -> float:
        return super().position(turn) + (trio.current_time() - self.dropped if self.dropped else 0.0)


class Lingers(Speaker):
    """Takes its time to stop."""

    async def play(self, ports: Ports) -> None:
        try:
            await super().play(ports)
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(0.8)


class NeverHolds(Speaker):
    """Plays on when it is held."""

    def hold(self) -> None:
        pass


class Loses(Speaker):
    """Stops for good when it is held."""

    def resume(self) -> None:
        super().resume()
        if self._playing is not None and self._playing.audible:
            self.drop(self._playing.turn)


class Fails(Speaker):
    """Cannot play."""

    async def play(self, ports: Ports) -> None:
        async for _ in ports[self.spoken]:
            raise OSError


class Hangs(Speaker):
    """Never ends."""

    async def play(self, ports: Ports) -> None:
        await trio.sleep_forever()


class Odd(Sink):
    """Takes neither speech nor text."""

    audio = In(Audio, optional=True)


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (Forgets, "has let all of a whole turn be heard"),
        (Boasts, "ends a turn without a word|prefix"),
        (Unsays, "never unsays"),
        (Knows, "nothing of a turn that it does not know"),
        (Silent, "says once that a turn is audible"),
        (Eager, "says so of no turn that has no sound"),
        (Twice, "says once that a turn is audible"),
        (RunsOn, "stays at what was heard"),
        (Lingers, "stops within 0.5 s"),
        (NeverHolds, "stands while it is held"),
        (Loses, "plays on to the end"),
        (Fails, "without an error"),
        (Hangs, "plays, holds and stops within 60 s"),
        (Odd, "takes Spoken or Text by one inlet"),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
async def test_a_sink_that_breaks_a_rule_is_caught(
    autojump_clock: MockClock, make: Callable[[], Sink], rule: str
) -> None:
    """By that rule's name."""
    with pytest.raises(ContractBroken, match=rule):
        await check_sink(make)


@attrs.define(eq=False)
class Tape(Node):
    """Records nothing, as well as a recorder can."""

    caller = In(Audio)
    agent = In(Audio)

    async def run(self, ports: Ports) -> None:
        async for _ in ports.merged(self.caller, self.agent):
            pass


async def test_a_recorder_keeps_the_contract(autojump_clock: MockClock) -> None:
    """With both sides, one, none, and gaps."""
    await check_recorder(Tape)


class NeverEnds(Tape):
    async def run(self, ports: Ports) -> None:
        await super().run(ports)
        await trio.sleep_forever()


class TakesItsTime(Tape):
    async def run(self, ports: Ports) -> None:
        try:
            await super().run(ports)
        finally:
            with trio.CancelScope(shield=True):
                await trio.sleep(9)


class Gives(Tape):
    same = Out(Audio)


class Waits(Tape):
    """Looks at one side only when the other has ended."""

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.caller]:
            await trio.sleep(1)
        async for _ in ports[self.agent]:
            pass


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (NeverEnds, "ends within 60 s of its input's end"),
        (TakesItsTime, "ends within 5 s of being cancelled"),
        (Gives, "takes audio and gives nothing"),
        (Waits, "ends within 60 s of its input's end"),
    ],
)
async def test_a_recorder_that_breaks_a_rule_is_caught(
    autojump_clock: MockClock, make: Callable[[], Node], rule: str
) -> None:
    """By that rule's name."""
    with pytest.raises(ContractBroken, match=rule):
        await check_recorder(make)


def test_the_kinds_that_a_sink_takes() -> None:
    """Speech and writing."""
    assert (Speaker.spoken.kind, TextSink.text.kind) == (Spoken, Text)
