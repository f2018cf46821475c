"""What a user shows stands in front of what they say next; a model that takes no images does not end the call."""

from __future__ import annotations

import io
import json

import pytest
import trio
from model_server import answer, leaf, marks, said, serving, whole
from PIL import Image as pillow
from test_guessing import Talker, conversing, told
from trio.testing import MockClock
from world import Model

from voiceflow import Graph, GraphError, Mark, Message, NodeFailed, Prompt, Session, TextSink, Trace
from voiceflow.chat.images import latest_images, without_images
from voiceflow.items import Image, ToolOutput
from voiceflow.nodes.openai import OpenAI
from voiceflow.testing import drive


def picture(shade: int = 0, size: tuple[int, int] = (4, 3)) -> Image:
    file = io.BytesIO()
    pillow.new("L", size, shade).save(file, "PNG")
    return Image(file.getvalue())


async def test_what_is_shown_is_part_of_what_is_said_next(autojump_clock: MockClock) -> None:
    """The last five images, in order, once; the model is told them with the words."""
    model, images = Model(), [picture(shade) for shade in range(7)]
    async with Session(Graph().connect(model, TextSink())) as session:
        for image in images:
            session.show(image)
        await session.send_text("What are these?")
        await session.send_text("And now?")
        users = [m for m in session.history if m.role == "user"]
    assert [m.parts for m in users] == [(*images[2:], "What are these?"), ("And now?",)]
    assert [prompt.messages[0].parts for prompt in model.prompts] == [users[0].parts] * 2


def test_of_many_images_the_last_are_sent() -> None:
    """Of those before, that they were there; what tools gave counts as well."""
    one, two, three = (picture(shade) for shade in range(3))
    items = (Message("user", (one, "a", two)), ToolOutput("x", three), Message("user", "b"))
    assert latest_images(items, 3) == items
    assert latest_images(items, 2) == (Message("user", ("[an image] a", two)), *items[1:])
    in_words = (Message("user", "[an image] a[an image] "), ToolOutput("x", "[an image] "), items[2])
    assert latest_images(items, 0) == without_images(items) == in_words


async def test_a_long_conversation_sends_five(autojump_clock: MockClock) -> None:
    """And keeps them all."""
    model = Model()
    async with Session(Graph().connect(model, TextSink())) as session:
        for shade in range(7):
            session.show(picture(shade))
            await session.send_text("And this?")
        assert sum(len(m.images) for m in session.history) == 7
    sent = [m.images for m in model.prompts[-1].messages if m.role == "user"]
    assert sent == [(), (), *((picture(shade),) for shade in range(2, 7))]


async def test_a_guess_begins_anew_with_what_is_shown(autojump_clock: MockClock) -> None:
    """An answer that was begun without the picture is not the answer to it."""
    model, found = Model(), list[Mark]()
    user = Talker([(1.0, "preflight", "what is this"), (2.2, "final", "What is this?")])
    async with Session(conversing(user, model=model), trace=Trace([found.append])) as session:
        await trio.sleep(1.5)
        session.show(picture())
        await session.finished()
    assert told(found, "guess.")[:2] == [(1.0, "guess.begun", 1), (1.5, "guess.abandoned", 1)]
    assert model.prompts[-1].messages[-1].parts == (picture(), "What is this?")
    assert session.history[0].parts == (picture(), "What is this?")


async def test_a_graph_without_a_model_sees_nothing() -> None:
    """And says so."""
    async with Session(Graph().add(TextSink())) as session:
        with pytest.raises(GraphError, match="cannot see"):
            session.show(picture())


def sse(*data: str) -> bytes:
    return b"".join(f"data: {item}\n\n".encode() for item in data)


REFUSED = json.dumps({"error": {"message": "no", "type": "invalid_request_error"}}).encode()
ANSWERED = sse(
    json.dumps({"choices": [{"index": 0, "delta": {"content": "A cat."}, "finish_reason": "stop"}]}), "[DONE]"
)
ASKED = Prompt((Message("user", (picture(), "What is this?")),))


async def test_a_model_without_eyes_is_found_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server refuses the image, and answers without it; from then on it is told in words at once."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    refusal, reply = whole(answer(REFUSED, 400, "application/json")), whole(answer(ANSWERED))
    async with serving(refusal, reply, reply) as server:
        model = OpenAI("small", base_url=server.url, key_env=None, prewarm=False)
        driven = await drive(model, {"prompt": [ASKED, ASKED]})
    assert said(driven) == "A cat." * 2
    assert marks(driven).count("llm.no_images") == 1
    kinds = [isinstance(request.body["messages"][0]["content"], str) for request in server.requests]
    assert kinds == [False, True, True]
    assert server.requests[1].body["messages"][0]["content"] == "[an image] What is this?"


async def test_one_that_answers_neither_way_fails_as_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice refused is not the image's fault."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with serving(whole(answer(REFUSED, 400, "application/json"))) as server:
        with pytest.raises(Exception) as caught:  # noqa: PT011
            await drive(OpenAI("small", base_url=server.url, key_env=None, prewarm=False), {"prompt": [ASKED]})
    assert isinstance(leaf(caught.value), NodeFailed)
    assert len(server.requests) == 2
