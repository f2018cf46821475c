"""Images made small enough to be sent, with Pillow (the extra `images`)."""

from __future__ import annotations

import io

from voiceflow.errors import ProviderError
from voiceflow.items import Image


def resized(image: Image, longest: int = 1024, *, quality: int = 85) -> Image:
    """The same picture, with its longer side at most `longest` pixels, its proportions kept, and turned upright.

    A picture that is small enough is left as it is. A JPEG stays one, of that `quality` (1 to 95); any other becomes a
    PNG, of its first frame.

    Raises:
        ValueError: only the URL of the image is known, or a setting is out of its range.
        ProviderError: the file is damaged, or far too large; not retryable.
    """
    from PIL import Image as pillow
    from PIL import ImageOps

    if longest < 1 or not 1 <= quality <= 95:
        raise ValueError(f"longest is from 1 pixel up and quality from 1 to 95; got {longest} and {quality}")
    if isinstance(image.source, str):
        raise ValueError(
            "the bytes of an image can be resized; got one of which only the URL is known. Fetch it first."
        )
    try:
        with pillow.open(io.BytesIO(image.source)) as opened:
            if max(opened.size) <= longest:
                return image
            upright = ImageOps.exif_transpose(opened)
            size = _within(upright.size, longest)
            jpeg = opened.format == "JPEG"
            small = upright.convert("RGB" if jpeg else "RGBA").resize(size, pillow.Resampling.LANCZOS)
    except (OSError, SyntaxError, ValueError, pillow.DecompressionBombError) as error:
        raise ProviderError(
            f"image: expected a picture that can be read, got {type(error).__name__} from {len(image.source)} bytes of "
            f"{image.media_type}. Give another file.",
            retryable=False,
        ) from None
    file = io.BytesIO()
    small.save(file, "JPEG" if jpeg else "PNG", **({"quality": quality} if jpeg else {"optimize": True}))
    return Image(file.getvalue(), image.detail)


def _within(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """Nearest to the proportions, and no side without a pixel."""
    width, height = size
    scale = longest / max(size)
    return max(1, round(width * scale)), max(1, round(height * scale))
