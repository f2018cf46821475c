"""What the scheduler does for a turn: counted, for every step that is not needed is waited for by whoever speaks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from trio.testing import MockClock

import voiceflow
from voiceflow import _wiring
from voiceflow.bench.micro import six_stages
from voiceflow.bench.turns_world import Clip, Model, User, Voice
from voiceflow.errors import NodeFailed, ProviderError
from voiceflow.frames import Text
from voiceflow.graph import Graph
from voiceflow.machines.turn_settings import Speculation, TurnSettings
from voiceflow.services import Ports
from voiceflow.session import Session
from voiceflow.speaker import Speaker
from voiceflow.text_stages import Chunker, TextFilter
from voiceflow.trace import Mark
from voiceflow.turn_taking import TurnTaking

OURS = str(Path(voiceflow.__file__).parent)


@attrs.define(eq=False)
class Steps(trio.abc.Instrument):
    """Counts between `begin` and `end`: passes of the scheduler, the steps of tasks in them, and new tasks.

    And calls of the project's functions, and the cancel scopes that are left.
    """

    counting: bool = False
    passes: int = 0
    steps: int = 0
    tasks: int = 0
    calls: int = 0
    scopes: int = 0
    _profile: Any = None

    def begin(self) -> None:
        self.counting, self.passes, self.steps, self.tasks, self.calls, self.scopes = True, 0, 0, 0, 0, 0
        self._profile = sys.getprofile()
        sys.setprofile(self._called)

    def end(self) -> tuple[int, int, int]:
        sys.setprofile(self._profile)
        self.counting = False
        return self.passes, self.steps, self.tasks

    def _called(self, frame: Any, event: str, argument: object) -> None:
        if event == "call":
            self.calls += frame.f_code.co_filename.startswith(OURS)
            self.scopes += frame.f_code is trio.CancelScope.__exit__.__code__

    def before_io_wait(self, timeout: float) -> None:
        self.passes += self.counting

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.steps += self.counting

    def task_spawned(self, task: trio.lowlevel.Task) -> None:
        self.tasks += self.counting


async def test_from_the_cancel_of_six_stages_to_their_end_each_task_makes_one_step(autojump_clock: MockClock) -> None:
    """One pass for the six, one for who says the next thing, and one for whoever waits: as with bare Trio's actors."""
    steps = Steps()
    trio.lowlevel.add_instrument(steps)
    async with Session(six_stages(10)) as session:
        for _ in range(5):
            said = session.reply()
            await trio.sleep(0.3)
            steps.begin()
            assert said.interrupt()
            await said.wait()
            passes, count, tasks = steps.end()
            assert passes <= 3
            assert count <= 6 + 1 + 2  # the tasks, who says the next thing, and at most two who look at what is new
            assert tasks == 0
            assert steps.calls <= 285  # 270 as it is
            assert steps.scopes == 5 + 1 + 1  # of the nodes before the sink, of what plays, and of the turn


@attrs.define(eq=False)
class Endless(Model):
    """Writes on and on."""

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.prompt]:
            while True:
                await ports[self.text].send(Text("Good morning. "))
                await trio.sleep(0.1)


@attrs.define(eq=False)
class Broken(Voice):
    """Fails at its third phrase."""

    async def run(self, ports: Ports) -> None:
        phrases = ports[self.phrases]
        for _ in range(3):
            await phrases.take()
        raise ProviderError("no such voice", retryable=False)


async def test_the_stages_before_a_voice_that_is_given_up_end_when_what_feeds_them_is_stopped(
    autojump_clock: MockClock,
) -> None:
    """They have no scope of their own to be stopped by."""
    written = list[str]()
    model, chunker, voice = Endless(), Chunker(), Broken()
    graph = Graph().connect(model, TextFilter(), chunker, voice, Speaker())
    graph.tap(model.text, lambda text: written.append(text.text))
    async with Session(graph) as session:
        said = await session.reply()
        ended, count = trio.current_time(), len(written)
        await trio.sleep(5.0)
        assert isinstance(said.error, NodeFailed)
        assert not said.interrupted
    assert ended < 1.0
    assert len(written) == count


@attrs.define(eq=False)
class Asked(Model):
    """Tells what the scheduler did until it was asked."""

    steps: Steps = attrs.field(kw_only=True)
    counts: tuple[int, int, int] = (0, 0, 0)

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.prompt]:
            self.counts = self.steps.end()
            await ports[self.text].send(Text("Good morning."))


async def test_from_the_commit_to_the_models_prompt_there_are_two_passes(autojump_clock: MockClock) -> None:
    """Who says the next thing is woken, and begins the model's task; those of who speaks begin behind it."""
    steps = Steps()
    trio.lowlevel.add_instrument(steps)
    turns = TurnTaking(TurnSettings(speculation=Speculation(mode="off")))
    user, model = User((Clip(0.5, 1.5, "good morning"),), until=6.0), Asked(steps=steps)
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    graph.connect(turns, model, Chunker(), Voice(), Speaker())

    def committed(mark: Mark) -> None:
        steps.begin()

    async with Session(graph) as session:
        session.on("turn.committed", committed)
        await session.finished()
    passes, count, tasks = model.counts
    assert session.history[-1].text == "Good morning."
    assert passes == 2
    assert count <= 5
    assert tasks == 1  # the model's: who speaks has time
    assert steps.calls <= 285  # 255 to 270 as it is


async def test_the_wires_of_an_answer_are_laid_before_it_and_bear_what_is_hung_on_them_since(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid, heard = list[str](), list[str]()
    first_lay = _wiring.lay

    def lay(*args: Any) -> _wiring.Laid:
        laid.append(session.user)
        return first_lay(*args)

    turns = TurnTaking(TurnSettings(speculation=Speculation(mode="off")))
    user = User((Clip(0.5, 1.5, "good morning"), Clip(6.5, 7.5, "and good day")), until=12.0)
    model = Model()
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    graph.connect(turns, model, Chunker(), Voice(), Speaker())
    async with Session(graph) as session:
        monkeypatch.setattr(_wiring, "lay", lay)
        await trio.sleep(5.0)
        count = len(laid)
        graph.tap(model.text, lambda text: heard.append(text.text))
        session.on("turn.committed", lambda mark: laid.append("committed"))
        await trio.sleep(4.0)
        assert (count, laid[count : count + 2]) == (2, ["committed", "listening"])
        await session.finished()
    assert "".join(heard) == session.history[-1].text
