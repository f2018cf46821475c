"""Images made small enough."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as pillow
from strategies import png

from voiceflow import ProviderError
from voiceflow.chat.images import resized
from voiceflow.items import Image


def opened(image: Image) -> pillow.Image:
    assert isinstance(image.source, bytes)
    return pillow.open(io.BytesIO(image.source))


def drawn(size: tuple[int, int], form: str, mode: str = "RGB", **settings: object) -> Image:
    file = io.BytesIO()
    pillow.new(mode, size, 0).save(file, form, **settings)
    return Image(file.getvalue(), "low")


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 200))
def test_proportions_are_kept(width: int, height: int, longest: int) -> None:
    """To the nearest pixel; what is small enough is left alone."""
    image = Image(png(width, height))
    small = resized(image, longest)
    if max(width, height) <= longest:
        assert small is image
        return
    size = opened(small).size
    assert max(size) == longest
    for side, was in zip(size, (width, height), strict=True):
        assert abs(side - max(1, was * longest / max(width, height))) <= 0.5


@pytest.mark.parametrize(("form", "kind"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("GIF", "image/png")])
def test_a_jpeg_stays_one(form: str, kind: str) -> None:
    """And any other becomes a PNG; how closely to look is kept."""
    small = resized(drawn((40, 20), form), 10)
    assert (small.media_type, opened(small).size, small.detail) == (kind, (10, 5), "low")


def test_a_picture_is_turned_upright() -> None:
    """As the camera says; the mark is gone then."""
    exif = pillow.Exif()
    exif[0x0112] = 6
    small = resized(drawn((40, 20), "JPEG", exif=exif), 10)
    assert (opened(small).size, dict(opened(small).getexif())) == ((5, 10), {})


def test_what_is_transparent_stays_so() -> None:
    """In a PNG."""
    assert opened(resized(drawn((40, 20), "PNG", "RGBA"), 10)).getpixel((0, 0)) == (0, 0, 0, 0)


@pytest.mark.parametrize("data", [png(40, 40)[:60], b"\x89PNG\r\n\x1a\nsecret", b"GIF89a" + b"\xff" * 40])
def test_a_damaged_file_is_told(data: bytes) -> None:
    """And not what is in it."""
    with pytest.raises(ProviderError, match=r"image: expected a picture that can be read") as caught:
        resized(Image(data), 10)
    assert not caught.value.retryable
    assert "secret" not in str(caught.value)


def test_what_cannot_be_asked() -> None:
    """A picture that is elsewhere, and sizes without a pixel."""
    with pytest.raises(ValueError, match="Fetch it first"):
        resized(Image("https://example.org/cat.png"))
    for wrong in ({"longest": 0}, {"quality": 0}, {"quality": 96}):
        with pytest.raises(ValueError, match="longest is from 1 pixel up"):
            resized(Image(png()), **wrong)
