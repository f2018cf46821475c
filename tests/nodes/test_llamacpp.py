from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from opening_hours import ANSWER, PROMPT, TEMPLATE, opening_hours

from voiceflow import Message, NodeFailed, Ports, Prompt, ProviderError, Services, Text
from voiceflow.items import Image, Item, Summary, ToolCall, ToolOutput
from voiceflow.models import locate
from voiceflow.nodes.llamacpp import LlamaCpp, shorter
from voiceflow.testing import Driven, ThreadExecutor, check_llm, drive
from voiceflow.tools import tool

SYSTEM = Message("system", "You are a friendly voice assistant. You answer in three short spoken sentences.")
SMALL: dict[str, Any] = {"context": 512, "calls": 1, "max_tokens": 16}


def asked(*texts: str) -> Prompt:
    return Prompt((SYSTEM, *(Message("assistant" if at % 2 else "user", text) for at, text in enumerate(texts))))


def said(driven: Driven) -> str:
    return "".join(frame.text for frame in driven["text"] if isinstance(frame, Text))


def values(driven: Driven, name: str) -> list[dict[str, object]]:
    return [dict(mark.values) for mark in driven.marks if mark.name == name]


async def failure(llm: LlamaCpp, *prompts: Prompt) -> ProviderError:
    """The one error that running it ends in."""
    with pytest.raises(Exception) as caught:  # noqa: PT011
        await drive(llm, {"prompt": prompts})
    error: BaseException | None = caught.value
    while isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        [error] = group.exceptions
    error = error.__cause__ if isinstance(error, NodeFailed) else error
    assert isinstance(error, ProviderError)
    return error


@pytest.mark.shares_model
async def test_it_answers_in_words_with_its_milestones_marked() -> None:
    """Pieces of text, the reason of the end, and what it cost; the second time the prompt is known."""
    llm = LlamaCpp(**SMALL)
    prompt = asked("Tell me something about the moon.")
    first = await drive(llm, {"prompt": [prompt]})
    again = await drive(llm, {"prompt": [prompt]})
    assert len(first["text"]) > 5
    assert "moon" in said(first).lower()
    assert said(again) == said(first)
    assert values(first, "llm.finish") == [{"reason": "length"}]
    [usage] = values(again, "llm.usage")
    assert usage["completion"] == 16
    assert cast(int, usage["cached"]) > cast(int, usage["prompt"]) // 2


@pytest.mark.shares_model
async def test_a_session_keeps_a_place_of_the_model_while_there_are_as_many() -> None:
    """Who finds none is answered at any; what a session leaves is the next one's."""

    def place(llm: LlamaCpp) -> object:
        prompt = asked("Hello.")
        return llm._body(prompt.items, prompt).get("id_slot", "any")  # pyright: ignore[reportPrivateUsage]

    services = cast(Services, ThreadExecutor())
    first, second, third = (LlamaCpp(**SMALL) for _ in range(3))
    async with second.open(services), first.open(services):
        assert (place(second), place(first)) == (0, "any")
    async with third.open(services):
        assert place(third) == 0


@pytest.mark.shares_model
async def test_what_it_expects_is_read_before_it_is_asked() -> None:
    """Of what was expected to its last word the last token is left to be read, without which there is no answer; of
    what goes on by a word, that and what stands before a reply."""
    llm = LlamaCpp(**SMALL)
    said_so_far, said = (asked(f"Please tell me how many people there are in {place}") for place in ("", "Rome"))
    services = cast(Services, ThreadExecutor())
    left: list[int] = []
    for expected in (said_so_far, said):
        async with llm.open(services):
            await llm.expect(expected)
            assert llm._place == 0  # pyright: ignore[reportPrivateUsage]
        [usage] = values(await drive(llm, {"prompt": [said]}), "llm.usage")
        left.append(cast(int, usage["prompt"]) - cast(int, usage["cached"]))
        assert usage["completion"] == 16
    assert 1 < left[0] < 10
    assert left[1] == 1


@pytest.mark.shares_model
async def test_what_it_cannot_read_ahead_is_left_to_the_answer() -> None:
    """A prompt that does not fit, a place that it does not have, and a node that is not open: all are passed over."""
    llm, second = LlamaCpp(**SMALL), LlamaCpp(**SMALL)
    await llm.expect(asked("Hello."))
    services = cast(Services, ThreadExecutor())
    async with llm.open(services), second.open(services):
        await llm.expect(asked("Never mind. " * 400))
        await second.expect(asked("Hello."))


class Marks(list[str]):
    """Of ports, what is marked."""

    def mark(self, name: str, **values: object) -> None:
        self.append(name)


def test_an_image_is_told_in_words() -> None:
    """That it is not seen is said once; a prompt without one stays as it is."""
    image, llm, marks = Image(b"\x89PNG\r\n\x1a\n"), LlamaCpp(), Marks()
    in_words = llm._in_words  # pyright: ignore[reportPrivateUsage]
    shown = Prompt((SYSTEM, Message("user", (image, "What is this?"))))
    for _ in range(2):
        assert in_words(shown, cast(Ports, marks)) == asked("[an image] What is this?")
    assert in_words(asked("Hello"), cast(Ports, marks)) == asked("Hello")
    assert marks == ["llm.no_images"]


@pytest.mark.shares_model
async def test_what_was_called_is_part_of_the_conversation() -> None:
    """llama.cpp reads calls and their outputs, and tools on offer, which its template for this model leaves out."""

    @tool
    async def look(where: str) -> str:
        """Look at the sky."""
        return where

    calls = [ToolCall("a", "look", '{"where": "Rome"}'), ToolCall("b", "look", "no JSON")]
    outputs = [ToolOutput("a", "It is raining in Rome."), ToolOutput("b", "expected a JSON object", error=True)]
    prompt = Prompt((SYSTEM, Message("user", "What is the weather in Rome?"), *calls, *outputs), (look,))
    driven = await drive(LlamaCpp(**SMALL), {"prompt": [prompt]}, tools=[look])
    assert len(said(driven)) > 5
    [usage] = values(driven, "llm.usage")
    assert cast(int, usage["prompt"]) > 40
    assert driven.items == []


@pytest.mark.slow
@pytest.mark.shares_model
async def test_the_model_calls_a_tool_and_tells_what_it_was_given() -> None:
    """By a template that knows tools, after two examples; llama.cpp makes a call of what it writes, and streams it."""

    llm = LlamaCpp(template=str(TEMPLATE), context=1024, calls=1, repeat_penalty=1.0)
    driven = await drive(llm, {"prompt": [PROMPT]}, tools=[opening_hours])
    call, output = driven.items
    assert isinstance(call, ToolCall)
    assert (call.name, json.loads(call.arguments)) == ("opening_hours", {"day": "Tuesday"})
    assert output == ToolOutput(call.call, "ten to six on Tuesday")
    assert said(driven) == ANSWER
    assert values(driven, "llm.finish") == [{"reason": "tool_calls"}, {"reason": "stop"}]


@pytest.mark.slow
@pytest.mark.shares_model
async def test_it_keeps_the_contract_of_a_language_model() -> None:
    """Prompts of any text, none, and cancelled ones."""
    await check_llm(lambda: LlamaCpp(**SMALL))


@pytest.mark.slow
@pytest.mark.shares_model
async def test_a_conversation_that_grows_is_read_only_where_it_is_new() -> None:
    """The turn before, question and answer, is still there."""
    llm, texts = LlamaCpp(**SMALL), ["Tell me something about the moon."]
    for question in ("And what about the sun?", "Which one is bigger?"):
        driven = await drive(llm, {"prompt": [asked(*texts)]})
        texts += [said(driven), question]
    [usage] = values(await drive(llm, {"prompt": [asked(*texts)]}), "llm.usage")
    assert cast(int, usage["prompt"]) - cast(int, usage["cached"]) < 32


@pytest.mark.slow
@pytest.mark.shares_model
async def test_a_conversation_that_is_too_long_forgets_its_beginning() -> None:
    """System prompt and last message stay; the reply comes, and a mark says what was left out."""
    texts = [f"Let us speak about the number {n}, which is a very nice number indeed. " * 3 for n in range(41)]
    driven = await drive(LlamaCpp(**SMALL), {"prompt": [asked(*texts)]})
    assert said(driven)
    [forgot] = values(driven, "llm.forgot")
    assert forgot["messages"] in range(20, 41)
    [usage] = values(driven, "llm.usage")
    assert cast(int, usage["prompt"]) <= 512 - 16


@pytest.mark.shares_model
async def test_one_message_that_is_too_long_is_a_clear_error() -> None:
    """It is named by its length alone, and the way out by the setting."""
    error = await failure(LlamaCpp(**SMALL), asked("secret words " * 2000))
    assert not error.retryable
    assert "at most 496 tokens" in str(error)
    assert "raise context (now 512)" in str(error)
    assert "secret" not in str(error)


@pytest.mark.slow
@pytest.mark.shares_model
@pytest.mark.parametrize(
    "text", ["", "\0", "\ud83d", "\U0001f600" * 20, "<|im_end|>\n<|im_start|>system\n", "\u202e\u05e2\u05d1"]
)
async def test_text_of_any_kind_is_answered(text: str) -> None:
    """Nothing that a recogniser may write breaks the model."""
    driven = await drive(LlamaCpp(**SMALL), {"prompt": [asked("Hello.", "Hello!", f"Tell me more. {text}")]})
    assert values(driven, "llm.finish")


@pytest.mark.slow
@pytest.mark.shares_model
async def test_a_cancelled_reply_stops_being_written() -> None:
    """The one place of the server is free for the next reply long before the cancelled one could have ended."""
    llm, driven = LlamaCpp(context=2048, calls=1, max_tokens=1000, stop=()), Driven({})
    async with trio.open_nursery() as nursery:

        async def run() -> None:
            await drive(llm, {"prompt": [asked("Count from one to one thousand.")]}, into=driven)

        nursery.start_soon(run)
        while not driven.timed.get("text"):  # noqa: ASYNC110
            await trio.sleep(0.01)
        nursery.cancel_scope.cancel(reason="barge-in")
    other = await drive(LlamaCpp(context=2048, calls=1, max_tokens=40, stop=()), {"prompt": [asked("Count on.")]})
    times = [seconds for seconds, _ in other.timed["text"]]
    a_token = (times[-1] - times[0]) / (len(times) - 1)
    # Reading the prompt takes some ten tokens' time; had the other reply gone on, 900 of its tokens came first.
    assert times[0] < 200 * a_token


@pytest.mark.slow
@pytest.mark.shares_model
async def test_calls_are_answered_side_by_side() -> None:
    """Both begin before one ends: batching is continuous."""
    llms = [LlamaCpp(context=512, calls=2, max_tokens=40, stop=()) for _ in range(2)]
    runs = [Driven({}) for _ in llms]
    async with trio.open_nursery() as nursery:
        for llm, into, what in zip(llms, runs, ("moon", "sea"), strict=True):

            async def run(llm: LlamaCpp = llm, into: Driven = into, what: str = what) -> None:
                await drive(llm, {"prompt": [asked(f"Tell me a story about the {what}.")]}, into=into)

            nursery.start_soon(run)
    marks = [{mark.name: mark.t for mark in run.marks} for run in runs]
    assert max(mark["llm.first_token"] for mark in marks) < min(mark["llm.finish"] for mark in marks)


@pytest.mark.slow
async def test_what_is_no_model_is_a_clear_error(tmp_path: Path) -> None:
    """A file that is none, a cut one, and none at all; nothing is left running."""
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(locate("smollm2-135m-instruct").read_bytes()[: 1 << 20])
    junk = tmp_path / "junk.gguf"
    junk.write_bytes(b"no model" * 100)
    for path in (cut, junk, tmp_path / "none.gguf"):
        error = await failure(LlamaCpp(str(path)))
        assert not error.retryable
        assert str(path) in str(error)


async def test_a_template_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    """When the session opens."""
    error = await failure(LlamaCpp(template=str(tmp_path / "none.jinja")))
    assert "none.jinja, got FileNotFoundError" in str(error)
    assert not error.retryable


@pytest.mark.slow
def test_nothing_is_written_and_the_process_ends_in_mid_reply() -> None:
    """Loading, answering and leaving by an exception: silent but for that one's traceback, and without a hang."""
    program = """
import trio
from voiceflow import Message, Prompt
from voiceflow.nodes.llamacpp import LlamaCpp
from voiceflow.testing import Driven, ThreadExecutor, check_llm, drive

async def main():
    prompt = Prompt((Message("user", "Tell me a long story."),))
    driven = Driven({})
    async with trio.open_nursery() as nursery:
        async def run():
            await drive(LlamaCpp(context=512, max_tokens=200), {"prompt": [prompt]}, into=driven)
        nursery.start_soon(run)
        while not driven.timed.get("text"):
            await trio.sleep(0.01)
        raise SystemExit(7)

try:
    trio.run(main)
except BaseExceptionGroup as group:
    [error] = group.exceptions
    raise error
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, env=os.environ, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (7, b"", b"")


@given(st.integers(0, 3), st.integers(1, 30))
def test_forgetting_keeps_the_system_prompt_and_the_last_message(system: int, others: int) -> None:
    """Each step is the end of the one before; the first is everything, the last one message."""
    head: list[Item] = [Message("system", "s", at) for at in range(system)]
    head += [Summary("They met.")] if system else []
    tail = [Message("user", "u", at) for at in range(others)]
    steps = [list(step) for step in shorter([*head, *tail])]
    assert steps[0] == [*head, *tail]
    assert steps[-1] == [*head, tail[-1]]
    assert all(step[: len(head)] == head and step[-1] == tail[-1] for step in steps)
    assert [len(step) for step in steps] == sorted((len(step) for step in steps), reverse=True)


def test_what_was_called_stays_with_what_it_answers() -> None:
    """However short, a conversation has the user's last words, and all that was called for them."""
    old: list[Item] = [Message("user", "u"), Message("assistant", "a")] * 6
    last: list[Item] = [Message("user", "last"), ToolCall("a", "look"), ToolOutput("a", "sunny")]
    assert [list(step) for step in shorter([*old, *last])][-1] == last


def test_a_growing_conversation_is_cut_at_the_same_places() -> None:
    """Another message at its end moves no cut but the last."""
    messages = [Message("system", "s"), *(Message("user", str(at)) for at in range(20))]
    starts = [[step[1] for step in shorter(messages[:length])][:-1] for length in range(10, 20)]
    assert all(longer[: len(one)] == one for one, longer in pairwise(starts))


def test_only_system_messages_can_be_shortened_to_none_but_the_last() -> None:
    """There is always something to send."""
    messages = [Message("system", "a"), Message("system", "b")]
    assert [list(step) for step in shorter(messages)][-1] == [messages[-1]]


@pytest.mark.parametrize(
    "settings", [{"context": 10}, {"threads": 0}, {"calls": 0}, {"max_tokens": 2000}, {"temperature": -1}, {"stop": 3}]
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, Any]) -> None:
    """At construction, by name."""
    with pytest.raises((ValueError, TypeError), match=next(iter(settings))):
        LlamaCpp(**settings)
