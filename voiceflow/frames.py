"""What flows along the wires: frozen values, about a dozen kinds, one level below `Frame`.

Audio is mono int16. Positions (`pts`) are counted in samples of the stream they belong to, never in wall
time; sample 0 of a source is the start of the session.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from voiceflow.items import Item, ToolSpec
from voiceflow.items import Message as Message

Samples = NDArray[np.int16]
_INT16 = np.dtype(np.int16)


def read_only(samples: Samples) -> Samples:
    """The same samples, one-dimensional int16, that nobody downstream can write to.

    Raises:
        TypeError: another dtype or shape came.
    """
    if samples.dtype != _INT16 or samples.ndim != 1:
        raise TypeError(
            f"audio is one-dimensional int16; got {samples.dtype} of shape {samples.shape}. "
            "Mix to mono and scale to int16 first."
        )
    if not samples.flags.writeable:
        return samples
    view = samples.view()
    view.flags.writeable = False
    return view


_same_samples = attrs.cmp_using(eq=np.array_equal)


def _show(samples: Samples) -> str:
    return f"<{len(samples)}>"


@attrs.frozen
class Frame:
    """Base of everything that a wire can carry."""


@attrs.frozen
class Speech(Frame):
    """A VAD's verdict: speech began (`active`) or ended at sample `pts`; `known` is where the verdict fell.

    Inside an utterance the VAD also tells its pauses at once, long before it may call it ended: `active` and
    not `voiced` is a pause that began at `pts`, `active` and `voiced` again is speech going on.
    `pts <= known`, both in samples at `rate` Hz. `probability` is that of the deciding window, 0 to 1.
    """

    active: bool
    pts: int
    known: int
    rate: int
    probability: float = 1.0
    voiced: bool = True


@attrs.frozen
class Audio(Frame):
    """A block of a caller's or a mixed signal: `samples` at `rate` Hz, the first one being sample `pts`.

    `gap` counts samples that a live wire dropped just before this block. `speech` is the verdict that a VAD
    reached at the end of this block, if any: in band, so that a recogniser sees it in its exact place.
    """

    samples: Samples = attrs.field(converter=read_only, eq=_same_samples, repr=_show)
    rate: int
    pts: int = 0
    gap: int = 0
    speech: Speech | None = None

    @property
    def end(self) -> int:
        """The sample after the last."""
        return self.pts + len(self.samples)


@attrs.frozen
class Word:
    """One word with its place: `start` and `end` in samples of the audio it belongs to."""

    text: str
    start: int
    end: int
    confidence: float | None = None


@attrs.frozen
class Transcript(Frame):
    """What a recogniser made of an utterance so far.

    `interim` may change, `preflight` is probably final, `final` is. An interim holds the whole open
    utterance, not a delta. `start` and `end` are samples at `rate` Hz where they are known.
    """

    text: str
    stage: Literal["interim", "preflight", "final"]
    rate: int
    start: int | None = None
    end: int | None = None
    confidence: float | None = None
    language: str | None = None
    words: tuple[Word, ...] = ()


@attrs.frozen
class Prediction(Frame):
    """A turn detector's verdict: the probability (0 to 1) that the user's turn is over at sample `pts`."""

    probability: float
    pts: int
    rate: int
    detector: str = ""


@attrs.frozen
class Interjection(Frame):
    """A classifier's verdict on what the user says under the agent's voice: whether it `interrupts`, or is nothing."""

    interrupts: bool


@attrs.frozen
class Prompt(Frame):
    """What a turn starts from: the conversation so far, its last item being what is to be answered.

    `tools` are those that the model may call in its answer. With a `schema`, a JSON Schema, the answer is to be a JSON
    document that it holds for: models that can be held to one are, others have to be told in words.
    """

    items: tuple[Item, ...]
    tools: tuple[ToolSpec, ...] = attrs.field(default=(), repr=lambda tools: repr([tool.name for tool in tools]))
    schema: Mapping[str, Any] | None = attrs.field(default=None, kw_only=True, hash=False, repr=False)

    @property
    def messages(self) -> tuple[Message, ...]:
        """What was said: the items without tools, hand-offs and the like."""
        return tuple(item for item in self.items if isinstance(item, Message))


@attrs.frozen
class Text(Frame):
    """A piece of a reply as it is written: a delta of any length.

    `spans` maps the piece to the text that the LLM wrote, as (start here, start there, length there) rows;
    empty means that it stands there as it is.
    """

    text: str
    spans: tuple[tuple[int, int, int], ...] = ()


@attrs.frozen
class Phrase(Frame):
    """A piece of a reply that is spoken in one go. `spans` as in `Text`."""

    text: str
    spans: tuple[tuple[int, int, int], ...] = ()
    language: str | None = None


@attrs.frozen
class WordStart:
    """A word of a phrase begins to sound: characters `start` to `end` of the phrase, at `sample` of its audio."""

    start: int
    end: int
    sample: int


@attrs.frozen
class Spoken(Frame):
    """Synthesised audio of one phrase: the first chunk to the one that says `last`.

    A chunk may be empty. `words` are the word beginnings that the voice knows, as far as they are known by
    now; samples count from the start of the phrase.
    """

    samples: Samples = attrs.field(converter=read_only, eq=_same_samples, repr=_show)
    rate: int
    phrase: Phrase
    last: bool = False
    words: tuple[WordStart, ...] = ()
