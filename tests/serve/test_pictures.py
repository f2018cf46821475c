"""Pictures that callers show: from the bytes on the line to what the model is told."""

from __future__ import annotations

import base64
import io

import pytest
import trio
from PIL import Image as pillow
from served import serving
from world import Model, Voice

from voiceflow import Audio, Chunker, Graph, Outlet, ProviderError, Sink, TurnTaking
from voiceflow.chat.images import checked
from voiceflow.client import connect
from voiceflow.items import Image
from voiceflow.nodes.energy import Energy

pytestmark = pytest.mark.real_time


def picture(size: tuple[int, int] = (4, 3), kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    pillow.linear_gradient("L").resize(size).save(file, kind)
    return file.getvalue()


def huge() -> bytes:
    """A PNG of a few kilobytes that has 60 million pixels."""
    file = io.BytesIO()
    pillow.new("1", (10_000, 6_000)).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_is_made_small_and_keeps_its_proportions(kind: str) -> None:
    """The longer side has 1024 pixels then; one that is small enough stays as it is."""
    small = Image(picture((40, 30), kind))
    assert checked(small) is small
    made = checked(Image(picture((2048, 1024), kind)))
    assert isinstance(made.source, bytes)
    assert pillow.open(io.BytesIO(made.source)).size == (1024, 512)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (picture((200, 200))[:-100], "read to its end"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "read to its end"),
        (huge(), "at most 50000000 pixels"),
        ("https://example.com/a.png", "the address of one"),
    ],
)
def test_what_is_no_picture_is_told_so(source: bytes | str, why: str) -> None:
    """Without any of its bytes; a pixel of one that is too large is not read."""
    with pytest.raises(ProviderError, match=why) as caught:
        checked(Image(source))
    assert not caught.value.retryable


async def test_a_caller_shows_a_picture_and_asks_about_it() -> None:
    """It is looked at before what is typed behind it is answered; what is none is refused, and the call goes on."""
    model = Model(first=0.0, last=0.01)

    def seeing(audio: Outlet[Audio], speaker: Sink) -> Graph:
        vad, turns = Energy(), TurnTaking()
        return (
            Graph()
            .connect(audio, vad.input)
            .connect(vad, turns)
            .connect(turns, model, Chunker(), Voice(0.1, 0.01), speaker)
        )

    shown = picture((2048, 1024))
    async with serving(seeing) as (server, url), connect(url) as client:
        with trio.fail_after(20):
            await client.show(shown)
            await client.type("What is this?")
            await client.until("ended")
            for data in (shown[:1000], b"GIF8 but no more"):
                await client.tell("image", data=f"data:image/png;base64,{base64.b64encode(data).decode()}")
                assert (await client.until("error"))["code"] == "refused"
            await client.type("And now?")
            await client.until("ended")
        (call,) = server.calls.all()
        asked, _, again, _ = call.session.history
    (image,) = asked.images
    assert asked.text == "What is this?"
    assert isinstance(image.source, bytes)
    assert pillow.open(io.BytesIO(image.source)).size == (1024, 512)
    assert again.parts == ("And now?",)


async def test_a_graph_without_a_model_takes_no_pictures() -> None:
    """The caller is told."""

    def blind(audio: Outlet[Audio], speaker: Sink) -> Graph:
        return Graph().connect(audio, Energy().input).connect(Voice(0.1, 0.01), speaker)

    async with serving(blind) as (_, url), connect(url) as client:
        with trio.fail_after(20):
            await client.show(picture())
            assert "cannot see" in (await client.until("error"))["message"]
