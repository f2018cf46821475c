"""The runner: exactly one output for each call, whatever happens; times are virtual."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import attrs
import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from voiceflow import ProviderError
from voiceflow._executor import InlineExecutor
from voiceflow.items import ToolCall, ToolOutput
from voiceflow.tools import (
    Effect,
    ToolContext,
    ToolDone,
    ToolError,
    ToolEvent,
    ToolLetGo,
    ToolProgress,
    ToolRunner,
    ToolStarted,
    tool,
)


@attrs.define(eq=False)
class World:
    """Tools, and what was told of them: the second, who, what."""

    told: list[tuple[float, str, Any]] = attrs.Factory(list[tuple[float, str, Any]])
    outputs: dict[str, list[ToolOutput]] = attrs.Factory(dict[str, list[ToolOutput]])
    begun: float = attrs.field(factory=trio.current_time)

    def note(self, who: str, what: Any) -> None:
        self.told.append((round(trio.current_time() - self.begun, 6), who, what))

    def tell(self, event: ToolEvent) -> None:
        match event:
            case ToolStarted():
                self.note(event.call.call, "started")
            case ToolLetGo():
                self.note(event.call.call, "let go")
            case ToolProgress():
                self.note(event.call.call, (event.part, event.note))
            case ToolDone():
                self.note(event.call.call, event.output.text)
                self.outputs.setdefault(event.call.call, []).append(event.output)

    def say(self, text: str) -> None:
        self.note("say", text)

    def runner(self, **settings: Any) -> ToolRunner:
        return ToolRunner([wait, must, look, quick, broken], tell=self.tell, say=self.say, **settings)


@tool(timeout=10)
async def wait(seconds: float, ctx: ToolContext) -> str:
    """Wait."""
    ctx.progress(0.5, "half")
    await trio.sleep(seconds)
    ctx.say("I have waited.")
    return f"waited {seconds:g}"


@tool(effect="must_finish", timeout=10)
async def must(seconds: float) -> str:
    """Wait in any case."""
    await trio.sleep(seconds)
    return f"finished {seconds:g}"


@tool(effect="read_only", timeout=10)
def look(what: str, ctx: ToolContext) -> str:
    """Look."""
    ctx.say(f"I look at {what}.")
    return f"seen {what}"


@tool
async def quick() -> None:
    """Do it."""


@tool
async def broken(how: str) -> object:
    """Break."""
    match how:
        case "told":
            raise ToolError("There is no table.")
        case "ours":
            raise ProviderError("the server says no", retryable=False)
        case "secret":
            raise LookupError("secret")
        case "group":
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep_forever)
                raise LookupError("secret")
        case "several":
            raise ExceptionGroup("several", [LookupError("secret"), ToolError("secret")])
        case "late":
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep_forever)
                nursery.start_soon(fails_when_cancelled)
        case _:
            pass
    return object()


async def fails_when_cancelled() -> None:
    try:
        await trio.sleep_forever()
    finally:
        raise LookupError("secret")


def waits(call: str, seconds: float, name: str = "wait") -> ToolCall:
    return ToolCall(call, name, f'{{"seconds": {seconds}}}')


async def test_calls_run_at_once_and_answer_in_their_order(autojump_clock: MockClock) -> None:
    """Sync and async ones; what they say and how far they are is told as it happens."""
    world = World()
    calls = [waits("a", 3), waits("b", 1), ToolCall("c", "look", '{"what": "it"}'), ToolCall("d", "quick", "")]
    async with world.runner(executor=InlineExecutor({"tool look": 2.0})).open() as runner:
        done = await runner.run(calls)
    assert [each.output for each in done] == [
        ToolOutput("a", "waited 3"),
        ToolOutput("b", "waited 1"),
        ToolOutput("c", "seen it"),
        ToolOutput("d", "Done."),
    ]
    assert [(each.seconds, each.problem) for each in done] == [(3, ""), (1, ""), (2, ""), (0, "")]
    assert [each for each in world.told if each[0]] == [
        *((1, "say", "I have waited."), (1, "b", "waited 1"), (2, "say", "I look at it."), (2, "c", "seen it")),
        *((3, "say", "I have waited."), (3, "a", "waited 3")),
    ]
    assert (0, "a", (0.5, "half")) in world.told


@pytest.mark.parametrize(
    ("call", "text", "problem"),
    [
        (ToolCall("a", "wiat"), "expected the name of a tool, got 'wiat'. Near it are: wait.", "no such tool"),
        (
            ToolCall("a", "wait", '{"seconds": "3"}'),
            "seconds: expected a number, got the text '3'. Call it again as it should be.",
            "the call is not as the tool wants it",
        ),
        (
            ToolCall("a", "wait", '{"seconds":'),
            "expected a JSON object, got the text '{\"seconds\":', which is none: Expecting value: "
            "line 1 column 12 (char 11). Call it again as it should be.",
            "the call is not as the tool wants it",
        ),
        (waits("a", 11), "Expected a result within 10 s, got none.", "no result within 10 s"),
        (waits("a", 11, "must"), "Expected a result within 10 s, got none.", "no result within 10 s"),
        (ToolCall("a", "broken", '{"how": "told"}'), "There is no table.", "ToolError"),
        (
            ToolCall("a", "broken", '{"how": "ours"}'),
            "The tool failed with ProviderError: the server says no.",
            "ProviderError: the server says no",
        ),
        (ToolCall("a", "broken", '{"how": "secret"}'), "The tool failed with LookupError.", "LookupError"),
        (ToolCall("a", "broken", '{"how": "group"}'), "The tool failed with LookupError.", "LookupError"),
        (ToolCall("a", "broken", '{"how": "several"}'), "The tool failed with ExceptionGroup.", "ExceptionGroup"),
        (
            ToolCall("a", "broken", '{"how": "late"}'),
            "Expected a result within 30 s, got none.",
            "no result within 30 s",
        ),
        (
            ToolCall("a", "broken", '{"how": "object"}'),
            "The tool gave something that cannot be written down.",
            "TypeError",
        ),
    ],
    ids=str,
)
async def test_what_goes_wrong_is_the_output(
    call: ToolCall, text: str, problem: str, autojump_clock: MockClock
) -> None:
    """And nothing else comes of it; a tool's own exception is named, but not quoted."""
    world = World()
    async with world.runner().open() as runner:
        (done,) = await runner.run([call])
    assert (done.output, done.problem, done.value) == (ToolOutput("a", text, error=True), problem, None)
    assert world.outputs == {"a": [done.output]}


async def test_an_interruption_cancels_what_may_be(autojump_clock: MockClock) -> None:
    """At once, with an output; what must finish goes on beside, and its output comes when it does."""
    world = World()
    async with world.runner().open() as runner:
        with trio.move_on_after(1) as turn:
            await runner.run([waits("a", 3), waits("b", 4, "must"), waits("c", 1.5, "must")])
        world.note("turn", "over")
        assert turn.cancelled_caught
        await trio.sleep(1)
    assert world.told[4:] == [
        (1, "a", "The call was cancelled: the user interrupted."),
        (1, "turn", "over"),
        (1.5, "c", "finished 1.5"),
        (4, "b", "finished 4"),
    ]
    assert [outputs[0].error for outputs in world.outputs.values()] == [True, False, False]


async def test_what_fails_while_it_is_cancelled(autojump_clock: MockClock) -> None:
    """Is cancelled: the turn is over, and nobody hears of the rest."""
    world = World()
    async with world.runner().open() as runner:
        with trio.move_on_after(1) as turn:
            await runner.run([ToolCall("a", "broken", '{"how": "late"}')])
    assert turn.cancelled_caught
    assert world.told[-1] == (1, "a", "The call was cancelled: the user interrupted.")


async def test_leaving_waits_for_what_must_finish(autojump_clock: MockClock) -> None:
    """Also when the whole call is cancelled; no longer than its timeout."""
    world = World()
    with trio.move_on_after(1):
        async with world.runner().open() as runner:
            await runner.run([waits("a", 4, "must"), waits("b", 99, "must")])
    assert [each for each in world.told if each[0]] == [
        (4, "a", "finished 4"),
        (10, "b", "Expected a result within 10 s, got none."),
    ]


async def test_a_call_that_is_over_says_nothing(autojump_clock: MockClock) -> None:
    """A context that was kept does nothing any more."""
    kept: list[ToolContext] = []
    said: list[str] = []

    @tool
    async def keep(ctx: ToolContext) -> None:
        """Keep it."""
        kept.append(ctx)
        assert ctx.session == "the session"
        ctx.say("now")
        with pytest.raises(ValueError, match="from 0 to 1, got 2"):
            ctx.progress(2)

    async with ToolRunner([keep], say=said.append, session="the session").open() as runner:
        (done,) = await runner.run([ToolCall("a", "keep")])
        kept[0].say("later")
    assert (done.problem, said) == ("", ["now"])


async def test_a_sync_tool_runs_in_a_thread() -> None:
    """And speaks from there; the loop goes on meanwhile. A call that is cancelled leaves the thread behind, silent."""
    said: list[str] = []
    go_on, gone = threading.Event(), threading.Event()
    started = trio.Event()

    @tool
    def block(ctx: ToolContext) -> bool:
        """Block."""
        ctx.say("from a thread")
        trio.from_thread.run_sync(started.set)
        go_on.wait()
        ctx.say("nobody hears it")
        gone.set()
        return threading.current_thread() is threading.main_thread()

    async with ToolRunner([block], say=said.append).open() as runner, trio.open_nursery() as nursery:
        nursery.start_soon(runner.run, [ToolCall("a", "block")])
        await started.wait()
        nursery.cancel_scope.cancel(reason="the user interrupts")
    go_on.set()
    await trio.to_thread.run_sync(gone.wait)
    assert said == ["from a thread"]
    started = trio.Event()
    async with ToolRunner([block]).open() as runner:
        (done,) = await runner.run([ToolCall("b", "block")])
    assert done.value is False


async def test_a_value_is_given_as_it_is(autojump_clock: MockClock) -> None:
    """Beside what the model is told of it, which is cut."""
    values: list[object] = [{"a": 1}, "x" * 30]

    @tool
    async def give(which: int) -> object:
        """Give."""
        return values[which]

    async with ToolRunner([give], limit=10).open() as runner:
        done = await runner.run([ToolCall("a", "give", '{"which": 0}'), ToolCall("b", "give", '{"which": 1}')])
    assert [each.value for each in done] == values
    assert [each.output.text for each in done] == ['{"a": 1}', f"{'x' * 10} [20 more characters are left out]"]


async def test_what_is_said_can_be_each_replys_own(autojump_clock: MockClock) -> None:
    """As it belongs into the middle of that, also when it is said from elsewhere."""
    said: list[str] = []
    world = World()
    async with world.runner().open() as runner:
        await runner.run([waits("a", 1)], say=said.append)
    assert said == ["I have waited."]
    assert "say" not in [who for _, who, _ in world.told]


async def test_a_runner_is_open_when_it_is_used() -> None:
    """And not before or after."""
    runner = ToolRunner([quick])
    async with runner.open():
        assert (await runner.run([]), len(runner.tools)) == ((), 1)
    with pytest.raises(RuntimeError, match="the runner is not open"):
        await runner.run([ToolCall("a", "quick")])


EFFECTS: list[Effect] = ["read_only", "cancellable", "must_finish"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(EFFECTS), st.integers(0, 4), st.sampled_from(["gives", "raises"])), max_size=5),
    st.integers(0, 5),
)
def test_every_call_has_one_output(works: list[tuple[Effect, int, str]], interrupted: int) -> None:
    """Whenever the turn is cancelled, also in the instant in which a tool is done; and it ends in that instant."""

    def doing(place: int, effect: Effect, seconds: int, how: str) -> Any:
        async def work() -> str:
            await trio.sleep(seconds)
            if how == "raises":
                raise ToolError(how)
            return how

        return tool(name=f"t{place}", description="", effect=effect, timeout=3)(work)

    async def main() -> None:
        world = World()
        tools = [doing(place, *work) for place, work in enumerate(works)]
        calls = [ToolCall(f"c{place}", f"t{place}") for place in range(len(works))]
        async with ToolRunner(tools, tell=world.tell).open() as runner:
            with trio.move_on_after(interrupted) as turn:
                done = await runner.run(calls)
                assert [each.output for each in done] == [world.outputs[call.call][0] for call in calls]
            if turn.cancelled_caught:
                assert trio.current_time() - world.begun == interrupted
        assert {call: len(outputs) for call, outputs in world.outputs.items()} == {call.call: 1 for call in calls}
        for (effect, seconds, how), call in zip(works, calls, strict=True):
            text = world.outputs[call.call][0].text
            if effect == "must_finish" and seconds != 3:
                assert text == (how if seconds < 3 else "Expected a result within 3 s, got none.")

    run: Callable[..., Any] = trio.run
    run(main, clock=MockClock(autojump_threshold=0))
