"""A conversation that grows too long: summarised between turns, cut where that is not enough, and never in the way."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import trio
from trio.testing import MockClock

from voiceflow import Graph, In, Mark, Node, Out, Ports, Prompt, ProviderError, Session, Text, TextSink, Trace
from voiceflow.agents import AskYesNo
from voiceflow.chat import ContextWindow
from voiceflow.items import Item, Message, Summary

SUMMARY = "They counted."


def _tokens(item: Item) -> int:
    """Ten for what was said, and one for what stands for it."""
    return 10 if isinstance(item, Message) else 1


@attrs.define(eq=False)
class Counter(Node):
    """Answers at once; a summary takes it `seconds`, and fails for the first `failures` times."""

    seconds: float = 1.0
    failures: int = 0
    prompts: list[Prompt] = attrs.field(factory=list[Prompt], init=False)
    begun: list[float] = attrs.field(factory=list[float], init=False)
    """When summaries were."""

    prompt = In(Prompt)
    text = Out(Text)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            if "Summarise" not in prompt.messages[0].text:
                self.prompts.append(prompt)
                await ports[self.text].send(Text("Fine."))
                continue
            self.begun.append(ports.now() / 1e9)
            if len(self.begun) <= self.failures:
                raise ProviderError("the server is busy", retryable=True)
            await trio.sleep(self.seconds)
            await ports[self.text].send(Text(SUMMARY))


async def counted(model: Counter, pauses: Sequence[float], window: ContextWindow) -> tuple[Session, list[Mark]]:
    """A user who counts, with so many seconds behind each number."""
    marks: list[Mark] = []
    graph = Graph().connect(model, TextSink())
    session = Session(graph, instructions="Listen.", window=window, trace=Trace([marks.append]))
    async with session:
        for number, pause in enumerate(pauses):
            await session.send_text(str(number))
            await trio.sleep(pause)
    return session, marks


WINDOW = ContextWindow(100, keep_turns=2, count=_tokens)


def said(prompt: Prompt) -> list[str]:
    return [item.text for item in prompt.items if isinstance(item, Message | Summary)]


async def test_what_is_old_is_summarised_while_nobody_speaks(autojump_clock: MockClock) -> None:
    """When four fifths of the window are full: with the fourth answer there are 90 tokens of 100."""
    model = Counter()
    session, marks = await counted(model, [5.0] * 5, WINDOW)
    assert model.begun == [15.0]
    assert said(model.prompts[-1]) == ["Listen.", SUMMARY, "2", "Fine.", "3", "Fine.", "4"]
    assert [item.text for item in session.items if isinstance(item, Summary)] == [SUMMARY]
    assert [(mark.t / 1e9, mark.values) for mark in marks if mark.name == "context.summarised"] == [
        (16.0, {"items": 4, "seconds": 1.0})
    ]
    assert not [mark for mark in marks if mark.name == "context.cut"]


async def test_a_summary_gives_way_to_a_turn(autojump_clock: MockClock) -> None:
    """It takes 20 s, and the user does not wait for it; it is begun again behind each answer, and what is too long is
    left out of the prompt meanwhile, but for the last question."""
    model = Counter(seconds=20.0)
    session, marks = await counted(model, [1.0] * 6, WINDOW)
    assert model.begun == [3.0, 4.0, 5.0]
    assert round(trio.current_time(), 6) == 6.0
    assert said(model.prompts[-1])[:2] == ["Listen.", "1"]
    assert said(model.prompts[-1])[-1] == "5"
    assert [mark.values["items"] for mark in marks if mark.name == "context.cut"] == [2]
    assert len(session.history) == 13


async def test_a_summary_that_fails_is_tried_again_behind_the_next_turn(autojump_clock: MockClock) -> None:
    """And nobody hears of it."""
    model = Counter(failures=1)
    session, marks = await counted(model, [5.0] * 6, WINDOW)
    assert model.begun == [15.0, 20.0]
    assert [mark.t / 1e9 for mark in marks if mark.name == "context.failed"] == [15.0]
    assert [item.text for item in session.items if isinstance(item, Summary)] == [SUMMARY]
    assert not [mark for mark in marks if mark.name == "turn.failed"]


async def test_leaving_does_not_wait_for_a_summary(autojump_clock: MockClock) -> None:
    """It is cancelled."""
    session, _ = await counted(Counter(seconds=100.0), [1.0] * 4, WINDOW)
    assert round(trio.current_time(), 6) == 4.0
    assert len(session.history) == 9


async def test_who_goes_by_rules_is_not_asked_for_a_summary(autojump_clock: MockClock) -> None:
    """The model is, when it is its turn again."""
    model = Counter()
    task = AskYesNo(question="More?", by_rule=True, attempts=10)
    async with Session(Graph().connect(model, TextSink()), window=WINDOW) as session, trio.open_nursery() as nursery:
        nursery.start_soon(session.task, task)
        await session.finished()
        for _ in range(5):
            await session.send_text("Hm.")
            await trio.sleep(5)
        assert model.begun == []
        await session.send_text("No.")
        await trio.sleep(0.5)
        await session.send_text("Thanks.")
        await trio.sleep(5)
    assert model.begun == [25.0, 25.5]  # the first gives way to the thanks
    assert [item.text for item in session.items if isinstance(item, Summary)] == [SUMMARY]


async def test_without_a_window_all_of_it_is_sent(autojump_clock: MockClock) -> None:
    """As it was said."""
    model = Counter()
    async with Session(Graph().connect(model, TextSink())) as session:
        for number in range(30):
            await session.send_text(str(number))
    assert len(model.prompts[-1].items) == 59
