"""Is the user's turn over, by its words alone? The turn detector that needs no model."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
from attrs import validators as are

from voiceflow import Frame, In, Node, Out, Ports, Prediction, Speech, Transcript
from voiceflow.machines.endings import p_end


@attrs.define
class _Hearing:
    """The words of the open turn, and where the user fell silent."""

    language: str
    new_turn_after: float
    finals: list[str] = attrs.field(factory=list[str], init=False)
    interim: str = attrs.field(default="", init=False)
    spoken_language: str | None = attrs.field(default=None, init=False)
    silent: Speech | None = attrs.field(default=None, init=False)
    said_until: float | None = attrs.field(default=None, init=False)  # seconds

    def push(self, frame: Frame) -> Iterator[Prediction]:
        if isinstance(frame, Speech):
            return self._speech(frame)
        return self._words(frame) if isinstance(frame, Transcript) else iter(())

    def _speech(self, speech: Speech) -> Iterator[Prediction]:
        if speech.active and speech.voiced:
            self._begin(speech.pts / speech.rate)
            self.silent = None
            return
        self.silent = speech
        self.said_until = speech.pts / speech.rate
        if not speech.active and (self.finals or self.interim):
            yield self._score(speech.pts, speech.rate)

    def _words(self, heard: Transcript) -> Iterator[Prediction]:
        if heard.start is not None and self.silent is None:
            self._begin(heard.start / heard.rate)
        self.spoken_language = heard.language or self.spoken_language
        if heard.stage == "interim":
            self.interim = heard.text
            return
        if heard.stage == "preflight":
            self.interim = heard.text
        elif heard.text.strip():
            self._keep(heard)
        if not heard.text.strip():
            return
        if self.silent is not None:
            yield self._score(self.silent.pts, self.silent.rate)
        elif heard.end is not None:
            yield self._score(heard.end, heard.rate)
        else:
            yield self._score(round((self.said_until or 0.0) * heard.rate), heard.rate)

    def _keep(self, final: Transcript) -> None:
        self.interim = ""
        if self.said_until is None and final.end is None:
            # Neither a VAD nor times: nothing tells where a turn begins, so these words are taken for all of it.
            self.finals.clear()
        self.finals.append(final.text)
        if self.silent is None and final.end is not None:
            self.said_until = final.end / final.rate

    def _begin(self, at: float) -> None:
        if self.said_until is not None and at - self.said_until > self.new_turn_after:
            self.finals.clear()
            self.interim = ""

    def _score(self, pts: int, rate: int) -> Prediction:
        text = " ".join([*self.finals, self.interim])
        return Prediction(p_end(text, self.spoken_language or self.language), pts, rate, "text")


@attrs.define(eq=False, kw_only=True)
class TextDetector(Node):
    """Judges the words of the turn: hesitations, unfinished clauses, numbers, short answers, punctuation.

    It predicts whenever speech has ended and words are there, and whenever a final (or preflight) transcript comes;
    the prediction stands at the sample where the user fell silent. Without a VAD at `speech` that is the transcript's
    own end. `language` is used where the transcript names none; a language without a table (see
    docs/turn-detection.md) is judged by punctuation alone, 0.5 where there is none. After `new_turn_after` seconds of
    silence, words belong to a new turn: keep it above the turn-taking's `max_wait`.
    """

    speech = In(Speech, items=64, optional=True)
    transcripts = In(Transcript, items=64)
    predictions = Out(Prediction)

    language: str = attrs.field(default="en", validator=are.instance_of(str))
    new_turn_after: float = attrs.field(default=2.0, validator=[are.ge(0.0), are.le(600.0)])

    @property
    def name(self) -> str:
        return "text_detector"

    async def run(self, ports: Ports) -> None:
        hearing = _Hearing(self.language, self.new_turn_after)
        async for _, frame in ports.merged(self.speech, self.transcripts):
            for prediction in hearing.push(frame):
                await ports[self.predictions].send(prediction)
