"""The words of the user that no item holds yet, and what they are worth."""

from __future__ import annotations

import attrs

from voiceflow.machines.backchannels import Phrases, count, tokens
from voiceflow.machines.turn_events import Heard
from voiceflow.machines.turn_settings import Interruption


@attrs.frozen
class Part:
    """One segment as the recogniser gave it (or the user typed it), and what it is worth.

    `worth` words count against the agent, `always` says that it begins with a phrase that interrupts by itself.
    """

    text: str
    words: tuple[str, ...]
    language: str | None = None
    backchannel: bool = False
    worth: int = 0
    always: bool = False
    typed: bool = False


@attrs.define
class Words:
    """The open turn's words: `finals`, then an `interim` that may change; `waiting` are those of earlier turns
    that wait for the agent to end, `aside` listening sounds that get no answer."""

    settings: Interruption
    language: str
    finals: list[Part] = attrs.field(factory=list[Part], init=False)
    interim: Part | None = attrs.field(default=None, init=False)
    waiting: list[Part] = attrs.field(factory=list[Part], init=False)
    aside: list[Part] = attrs.field(factory=list[Part], init=False)
    _last: Heard | None = attrs.field(default=None, init=False)
    _taken: tuple[str, ...] = attrs.field(default=(), init=False)
    """The words of interims that were taken as they stood, and the last voiced sample that they may belong to."""
    _until: int | None = attrs.field(default=None, init=False)
    _expected: bool = attrs.field(default=False, init=False)
    _backchannels: Phrases = attrs.field(init=False)
    _always: Phrases = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._backchannels = Phrases.of(self.settings.backchannels)
        self._always = Phrases.of(self.settings.always)

    def repeats(self, heard: Heard, *, at_once: bool) -> bool:
        """Whether these words came before: the same final twice (at the same place, or `at_once` after the
        other), or what was taken as it stood, from its first word on."""
        words = tokens(heard.text)
        if words == self._taken:
            return self._is_of_the_taken(heard)
        begins = words == self._taken[: len(words)] and self._is_late(heard)
        return begins or ((heard.end is not None or at_once) and heard == self._last)

    def _is_of_the_taken(self, heard: Heard) -> bool:
        """Whether words may belong to the speech of which some were taken as they stood."""
        return self._expected or self._is_late(heard)

    def _is_late(self, heard: Heard) -> bool:
        """Whether words say that they do."""
        return heard.end is not None and self._until is not None and heard.end <= self._until

    def is_old(self, heard: Heard) -> bool:
        """Whether an interim is of speech whose final came before it: recognisers send out of order."""
        last = self._last
        if heard.stage == "final" or heard.end is None or last is None or last.end is None:
            return False
        return heard.end <= last.end

    def expect(self) -> None:
        """The user speaks anew: what comes is not what was taken as it stood, unless it says that it is."""
        self._expected = False

    def _rest(self, heard: Heard) -> str:
        """What of a text was not taken as it stood: the words behind those that it begins with."""
        words = heard.text.split()
        if self._taken and self._is_of_the_taken(heard):
            for place in range(1, len(words)):
                if tokens(" ".join(words[:place])) == self._taken:
                    return " ".join(words[place:])
        return heard.text.strip()

    def hear(self, heard: Heard) -> None:
        """Take in what the recogniser says; a text without words ends the interim before it."""
        text = self._rest(heard)
        part = self._part(text, heard) if tokens(text) else None
        if heard.stage != "final":
            self.interim = part
            return
        self.interim = None
        if part is not None:
            self._taken = ()
            self._last = heard
            self.finals.append(part)

    def type(self, text: str) -> None:
        """Take in what the user typed."""
        self.finals.append(Part(text.strip(), tokens(text), typed=True))

    def settle(self, until: int | None) -> None:
        """The interim of speech that ended at `until` never became final: take it as it stands."""
        if self.interim is not None:
            self.finals.append(self.interim)
            before = self._taken if self._expected else ()
            self._taken, self._until, self._expected = before + self.interim.words, until, True
            self.interim = None

    def defer(self, *, aside: bool) -> None:
        """What is final waits for the agent to end, or is put aside to get no answer."""
        (self.aside if aside else self.waiting).extend(self.finals)
        self.finals.clear()

    def take(self) -> str:
        """All that waits and is final, as one text; it is in hand no longer."""
        text = self.text
        self.waiting.clear()
        self.finals.clear()
        return text

    def take_aside(self) -> str:
        """The listening sounds, as one text; they are in hand no longer."""
        text = _joined(self.aside)
        self.aside.clear()
        return text

    @property
    def text(self) -> str:
        """All that waits and is final."""
        return _joined([*self.waiting, *self.finals])

    @property
    def likely(self) -> str:
        """The same with the interim."""
        return " ".join(filter(None, (self.text, _joined(self._parts[len(self.finals) :]))))

    @property
    def spoken_language(self) -> str | None:
        """That of the last words that name one."""
        return next((part.language for part in reversed([*self.waiting, *self._parts]) if part.language), None)

    @property
    def typed(self) -> bool:
        """Whether the last words were typed; there are some."""
        return [*self.waiting, *self._parts][-1].typed

    @property
    def only_backchannels(self) -> bool:
        """Whether the open turn has words, and all of them are a listener's."""
        return bool(self._parts) and all(part.backchannel for part in self._parts)

    @property
    def worth(self) -> int:
        """How many words of the open turn count against the agent: backchannels and unsure segments do not."""
        return sum(part.worth for part in self._parts)

    @property
    def always(self) -> bool:
        """Whether a segment begins with a phrase that always interrupts."""
        return any(part.always for part in self._parts)

    @property
    def _parts(self) -> list[Part]:
        return self.finals if self.interim is None else [*self.finals, self.interim]

    def _part(self, text: str, heard: Heard) -> Part:
        words, language = tokens(text), heard.language or self.language
        backchannel = self._backchannels.all_of(words, language)
        sure = heard.confidence is None or heard.confidence >= self.settings.min_confidence
        always = sure and self._always.begins(words, language, skip=self._backchannels)
        return Part(text, words, heard.language, backchannel, 0 if backchannel or not sure else count(words), always)


def _joined(parts: list[Part]) -> str:
    return " ".join(part.text for part in parts)
