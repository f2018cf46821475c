"""Images made small enough to be sent, with Pillow (the extra `images`); and conversations without them."""

from __future__ import annotations

import io
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

from voiceflow.errors import ProviderError
from voiceflow.items import Image, Item, Message, Part, ToolOutput

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage
    from PIL.ImageFile import ImageFile


def has_images(items: Sequence[Item]) -> bool:
    """Whether there is an image in what was said, or in what a tool gave."""
    said = [item.parts for item in items if isinstance(item, Message | ToolOutput)]
    return any(isinstance(part, Image) for parts in said for part in parts)


def latest_images(items: Sequence[Item], most: int) -> tuple[Item, ...]:
    """The conversation with its last images; in the place of those before it has "[an image]"."""
    if not has_images(items):
        return tuple(items)
    told: list[Item] = []
    for item in reversed(items):
        if isinstance(item, Message | ToolOutput) and item.images:
            kept = min(most, len(item.images))
            most -= kept
            item = _in_words(item, len(item.images) - kept)
        told.append(item)
    return tuple(reversed(told))


def without_images(items: Sequence[Item]) -> tuple[Item, ...]:
    """For a model that takes none."""
    return latest_images(items, 0)


def _in_words(item: Message | ToolOutput, first: int) -> Message | ToolOutput:
    """With "[an image]" for so many of its first images."""
    parts: list[Part] = []
    for part in item.parts:
        is_told = isinstance(part, Image) and first > 0
        first -= is_told
        parts.append("[an image] " if is_told else part)
    return attrs.evolve(item, text=parts) if isinstance(item, Message) else attrs.evolve(item, output=parts)


_MOST = 50_000_000
"""Pixels of a picture that is opened: a file of a few kilobytes may hold any number."""


def checked(image: Image, longest: int = 1024) -> Image:
    """A picture from anywhere, which is read to its end; then as `resized`. For a thread.

    Raises:
        ProviderError: it is none that can be read to its end, or is far too large, or Pillow is not there; not
            retryable.
    """
    if isinstance(image.source, str):
        raise ProviderError("image: expected the bytes of a picture, got the address of one", retryable=False)
    with _opened(image, image.source) as opened:
        pixels = opened.width * opened.height
        if pixels <= _MOST:
            opened.load()
    if pixels > _MOST:
        raise ProviderError(f"image: expected at most {_MOST} pixels, got {pixels}", retryable=False)
    return resized(image, longest)


def resized(image: Image, longest: int = 1024, *, quality: int = 85) -> Image:
    """The same picture, with its longer side at most `longest` pixels, its proportions kept, and turned upright.

    A picture that is small enough is left as it is. A JPEG stays one, of that `quality` (1 to 95); any other becomes a
    PNG, of its first frame.

    Raises:
        ValueError: only the URL of the image is known, or a setting is out of its range.
        ProviderError: the file is damaged, or far too large, or Pillow is not there; not retryable.
    """
    if longest < 1 or not 1 <= quality <= 95:
        raise ValueError(f"longest is from 1 pixel up and quality from 1 to 95; got {longest} and {quality}")
    if isinstance(image.source, str):
        raise ValueError(
            "the bytes of an image can be resized; got one of which only the URL is known. Fetch it first."
        )
    with _opened(image, image.source) as opened:
        if max(opened.size) <= longest:
            return image
        jpeg = opened.format == "JPEG"
        small = _small(opened, longest, "RGB" if jpeg else "RGBA")
    file = io.BytesIO()
    small.save(file, "JPEG" if jpeg else "PNG", **({"quality": quality} if jpeg else {"optimize": True}))
    return Image(file.getvalue(), image.detail)


@contextmanager
def _opened(image: Image, source: bytes) -> Generator[ImageFile, None, None]:
    """The picture, as long as it is looked at; what goes wrong with it meanwhile is told as a fault of the file."""
    try:
        from PIL import Image as pillow
    except ImportError:
        raise ProviderError(
            "image: no picture can be looked at without the extra `images`: pip install 'voiceflow[images]'",
            retryable=False,
        ) from None
    try:
        with pillow.open(io.BytesIO(source)) as opened:
            yield opened
    except (OSError, SyntaxError, ValueError, pillow.DecompressionBombError) as error:
        raise ProviderError(
            f"image: expected a picture that can be read to its end, got {type(error).__name__} from {len(source)} "
            f"bytes of {image.media_type}. Give another file.",
            retryable=False,
        ) from None


def _small(opened: ImageFile, longest: int, mode: str) -> PillowImage:
    from PIL import Image as pillow
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(opened)
    return upright.convert(mode).resize(_within(upright.size, longest), pillow.Resampling.LANCZOS)


def _within(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """Nearest to the proportions, and no side without a pixel."""
    width, height = size
    scale = longest / max(size)
    return max(1, round(width * scale)), max(1, round(height * scale))
