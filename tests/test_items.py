"""What a conversation consists of."""

from __future__ import annotations

import base64
import copy
import pickle
from itertools import pairwise

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ANY_TEXT, IMAGES, items, png

from voiceflow.items import ConfigUpdate, Image, Item, Message, Summary, Unknown, as_parts


@given(items())
def test_an_item_is_a_value(item: Item) -> None:
    """It can be copied, pickled and hashed, and its id and time say nothing about what it says."""
    assert copy.deepcopy(item) == pickle.loads(pickle.dumps(item)) == item
    assert hash(item) == hash(copy.copy(item))
    assert attrs.evolve(item, id="x", time=7) == item
    assert attrs.evolve(item, sequence=99) != item


@given(st.lists(ANY_TEXT | IMAGES))
def test_parts_are_in_their_order_without_empty_or_divided_texts(given_parts: list[str | Image]) -> None:
    """However the texts were cut."""
    parts = as_parts(given_parts)
    assert "" not in parts
    assert not any(isinstance(a, str) and isinstance(b, str) for a, b in pairwise(parts))
    assert "".join(p for p in parts if isinstance(p, str)) == "".join(p for p in given_parts if isinstance(p, str))
    assert [p for p in parts if isinstance(p, Image)] == [p for p in given_parts if isinstance(p, Image)]
    assert as_parts(parts) == parts


def test_a_message_has_its_words_and_its_images() -> None:
    """In one order, and apart."""
    image = Image(png())
    message = Message("user", ["What is ", "this", image, "?"], 3)
    assert message.parts == ("What is this", image, "?")
    assert (message.text, message.images) == ("What is this?", (image,))
    assert Message("user", "hi").parts == ("hi",)
    assert repr(Message("user", "hi", 2)) == (
        "Message(role='user', parts='hi', sequence=2, interrupted=False, signature='', speakers=())"
    )


def test_no_part_is_anything_else() -> None:
    """Bytes are no image by themselves."""
    with pytest.raises(TypeError, match="texts and images; got bytes"):
        Message("user", [png()])  # type: ignore[list-item] # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (png(), "image/png"),
        (b"\xff\xd8\xff\xe0 and so on", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
    ],
)
def test_an_image_knows_its_type_and_goes_through_a_data_url(data: bytes, kind: str) -> None:
    """Its bytes are what a data URL holds."""
    image = Image(data)
    assert image.media_type == kind
    assert image.url == f"data:{kind};base64,{base64.b64encode(data).decode()}"
    assert Image(image.url) == image
    assert repr(image) == f"Image(source=<{len(data)} bytes>, detail='auto')"


def test_an_image_may_be_somewhere_else() -> None:
    """Then nothing is known of it but its URL."""
    image = Image("https://example.org/cat.png")
    assert (image.url, image.media_type) == ("https://example.org/cat.png", "")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"", "PNG, JPEG, GIF or WebP file; got 0 bytes"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "PNG, JPEG, GIF or WebP file; got 16 bytes"),
        ("cat.png", "http://, https:// or data:"),
        ("data:image/png,%89PNG", "in base64"),
        ("data:image/png;base64,@@@@", "characters that are none"),
        ("data:image/png;base64,AAAA", "got 3 bytes"),
    ],
)
def test_what_is_no_image_is_refused(source: bytes | str, message: str) -> None:
    """With what it should have been, and nothing of what it is."""
    with pytest.raises(ValueError, match=message):
        Image(source)


def test_lists_become_tuples() -> None:
    """An item cannot be changed from outside."""
    assert ConfigUpdate(tools=["a"]).tools == ("a",)
    assert Summary("s", ["1"]).covers == ("1",)
    assert repr(Unknown("later", {"secret": 1})) == "Unknown(kind='later', fields=<1 fields>, sequence=0)"
