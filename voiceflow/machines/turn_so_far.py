"""The words of the open turn, and when it is worth asking whether they are all of it.

That is when speech has ended and there are words, and whenever a final or preflight transcript comes: each question
stands at the sample where the user fell silent, or without a VAD at the transcript's own end.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from voiceflow.frames import Frame, Speech, Transcript


@attrs.frozen
class Question:
    """Is this all of the turn? The user fell silent at sample `pts`."""

    text: str = attrs.field(repr=False)
    language: str
    pts: int
    rate: int


@attrs.define
class TurnSoFar:
    """`language` is that of words which name none. After `new_turn_after` seconds of silence words are a new turn's."""

    language: str
    new_turn_after: float
    _finals: list[str] = attrs.field(factory=list[str], init=False, repr=False)
    _interim: str = attrs.field(default="", init=False, repr=False)
    _spoken_language: str | None = attrs.field(default=None, init=False)
    _silent: Speech | None = attrs.field(default=None, init=False)
    _said_until: float | None = attrs.field(default=None, init=False)
    """Seconds."""

    def push(self, frame: Frame) -> Iterator[Question]:
        """What is to be asked because of this `Speech` or `Transcript`."""
        if isinstance(frame, Speech):
            return self._speech(frame)
        return self._words(frame) if isinstance(frame, Transcript) else iter(())

    def _speech(self, speech: Speech) -> Iterator[Question]:
        if speech.active and speech.voiced:
            self._begin(speech.pts / speech.rate)
            self._silent = None
            return
        self._silent = speech
        self._said_until = speech.pts / speech.rate
        if not speech.active and (self._finals or self._interim):
            yield self._question(speech.pts, speech.rate)

    def _words(self, heard: Transcript) -> Iterator[Question]:
        if heard.start is not None and self._silent is None:
            self._begin(heard.start / heard.rate)
        self._spoken_language = heard.language or self._spoken_language
        if heard.stage == "interim":
            self._interim = heard.text
            return
        if heard.stage == "preflight":
            self._interim = heard.text
        elif heard.text.strip():
            self._keep(heard)
        if not heard.text.strip():
            return
        if self._silent is not None:
            yield self._question(self._silent.pts, self._silent.rate)
        elif heard.end is not None:
            yield self._question(heard.end, heard.rate)
        else:
            yield self._question(round((self._said_until or 0.0) * heard.rate), heard.rate)

    def _keep(self, final: Transcript) -> None:
        self._interim = ""
        if self._said_until is None and final.end is None:
            # Neither a VAD nor times: nothing tells where a turn begins, so these words are taken for all of it.
            self._finals.clear()
        self._finals.append(final.text)
        if self._silent is None and final.end is not None:
            self._said_until = final.end / final.rate

    def _begin(self, at: float) -> None:
        if self._said_until is not None and at - self._said_until > self.new_turn_after:
            self._finals.clear()
            self._interim = ""

    def _question(self, pts: int, rate: int) -> Question:
        words = " ".join([*self._finals, *([self._interim] if self._interim else [])])
        return Question(words, self._spoken_language or self.language, pts, rate)
