"""The two stages between a model's text and a voice, as nodes: the machines do the work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import attrs

from voiceflow.frames import Frame, Phrase, Text
from voiceflow.machines.clean import Clean, CleanSettings
from voiceflow.machines.phrases import Phrases, PhraseSettings
from voiceflow.machines.text.pieces import Piece
from voiceflow.node import Stage, StageNode
from voiceflow.ports import In, Out

if TYPE_CHECKING:
    from voiceflow.text import VerbaliserSettings


class _FilterStage(Stage[Text]):
    def __init__(self, machine: Clean) -> None:
        self._machine = machine

    def push(self, frame: Text) -> Iterable[Frame]:
        return [Text(piece.text, piece.spans) for piece in self._machine.push(frame.text)]

    def end(self) -> Iterable[Frame]:
        return [Text(piece.text, piece.spans) for piece in self._machine.end()]


@attrs.define(eq=False)
class TextFilter(StageNode):
    """Leaves out of a reply what is not meant for the ear: markup, reasoning, leaked metadata, emoji.

    With `numbers` it also writes out numbers, money, dates and units in words of `language`, for a voice that reads
    them badly; that wants the extra `verbalize`.

    Raises:
        GraphError: the language is not known, or a setting is out of range.
    """

    settings: CleanSettings = attrs.Factory(CleanSettings)
    language: str | None = None
    numbers: VerbaliserSettings | None = None

    text = In(Text, items=64)  # tokens: a model runs ahead of the voice by at most so many
    filtered = Out(Text)

    lifetime = "turn"

    def __attrs_post_init__(self) -> None:
        self._machine()

    def stage(self) -> Stage[Text]:
        return _FilterStage(self._machine())

    def _machine(self) -> Clean:
        if self.numbers is None:
            return Clean(self.settings, self.language)
        from voiceflow.text import verbaliser

        return Clean(self.settings, self.language, verbaliser(self.language or "en", self.numbers))


class _ChunkerStage(Stage[Text]):
    def __init__(self, machine: Phrases, language: str | None) -> None:
        self._machine, self._language = machine, language
        self.idle = machine.idle_after

    def push(self, frame: Text) -> Iterable[Frame]:
        return self._phrases(self._machine.push(Piece(frame.text, frame.spans)))

    def flush(self) -> Iterable[Frame]:
        return self._phrases(self._machine.flush())

    def end(self) -> Iterable[Frame]:
        return self._phrases(self._machine.end())

    def _phrases(self, pieces: list[Piece]) -> Iterable[Frame]:
        return [Phrase(piece.text, piece.spans, self._language) for piece in pieces]


@attrs.define(eq=False)
class Chunker(StageNode):
    """Cuts a reply into phrases to speak, as it is written.

    Raises:
        GraphError: the language is not known, or a setting is out of range.
    """

    settings: PhraseSettings = attrs.Factory(PhraseSettings)
    language: str | None = None

    text = In(Text, items=64)  # tokens: a model runs ahead of the voice by at most so many
    phrases = Out(Phrase)

    lifetime = "turn"

    def __attrs_post_init__(self) -> None:
        Phrases(self.settings, self.language)

    def stage(self) -> Stage[Text]:
        return _ChunkerStage(Phrases(self.settings, self.language), self.language)
