"""What the turn-taking machine is told (events) and what it asks for (commands): frozen values, times in integer
nanoseconds of the session clock."""

from __future__ import annotations

from typing import Literal

import attrs


class _Value:
    """Compares and shows itself by its fields. attrs would write these methods for each of the classes below, which
    is a tenth of what importing voiceflow costs."""

    __slots__ = ()
    __match_args__: tuple[str, ...] = ()

    def _fields(self) -> tuple[object, ...]:
        return tuple(map(self.__getattribute__, self.__match_args__))

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, _Value) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash((type(self), self._fields()))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({shown})"


Why = Literal["speech", "words", "classifier", "program", "watchdog"]


@attrs.frozen(eq=False, repr=False)
class Event(_Value):
    """Base of what the machine is told."""


@attrs.frozen(eq=False, repr=False)
class SpeechStarted(Event):
    """The VAD heard the user begin; `at` is the first voiced sample, `probability` that of the deciding window."""

    at: int
    probability: float = 1.0


@attrs.frozen(eq=False, repr=False)
class SpeechPaused(Event):
    """Inside an utterance the raw voice activity fell silent; `at` is the last voiced sample, known at once."""

    at: int


@attrs.frozen(eq=False, repr=False)
class SpeechResumed(Event):
    """Inside an utterance the voice is back; `at` is its first voiced sample."""

    at: int


@attrs.frozen(eq=False, repr=False)
class SpeechEnded(Event):
    """The VAD's verdict, after its silence, that the utterance is over; `at` is the last voiced sample."""

    at: int


@attrs.frozen(eq=False, repr=False)
class Heard(Event):
    """A recogniser's words. An interim or preflight holds the whole open segment and replaces the one before.

    `end` is where the last word ended, if the recogniser knows: the anchor without a VAD, and with the text the
    mark by which a final that comes twice is known.
    """

    text: str
    stage: Literal["interim", "preflight", "final"]
    confidence: float | None = None
    language: str | None = None
    end: int | None = None


@attrs.frozen(eq=False, repr=False)
class Predicted(Event):
    """A turn detector's verdict: the probability that the user's turn is over at sample time `at`."""

    probability: float
    at: int
    detector: str = ""


@attrs.frozen(eq=False, repr=False)
class UserText(Event):
    """The user typed. It is a whole turn, and waits for nothing but a busy agent or open speech."""

    text: str


@attrs.frozen(eq=False, repr=False)
class Classified(Event):
    """A barge-in classifier's verdict on the speech that is going on."""

    interrupts: bool


@attrs.frozen(eq=False, repr=False)
class InterruptAsked(Event):
    """The program wants the agent to stop; `force` also stops a protected utterance."""

    force: bool = False


@attrs.frozen(eq=False, repr=False)
class Mute(Event):
    """From now on the user is not listened to (`muted`), or is again."""

    muted: bool


@attrs.frozen(eq=False, repr=False)
class AgentStarted(Event):
    """The agent works on an utterance; numbers only grow. `answers` tells a reply from what the program says."""

    utterance: int
    interruptible: bool = True
    answers: bool = True


@attrs.frozen(eq=False, repr=False)
class AgentAudible(Event):
    """The first audible sample of the utterance left the speaker."""

    utterance: int


@attrs.frozen(eq=False, repr=False)
class AgentEnded(Event):
    """The utterance is over: played to its end, empty, or failed. Not needed for one that was interrupted."""

    utterance: int


@attrs.frozen(eq=False, repr=False)
class Closing(Event):
    """The session ends: whatever words are still in hand are to be kept now."""


@attrs.frozen(eq=False, repr=False)
class Tick(Event):
    """Time has passed: the caller sends it when `due()` has come, after the user's events of that time."""


@attrs.frozen(eq=False, repr=False)
class Command(_Value):
    """Base of what the machine asks for. Commands are to be carried out in order."""


@attrs.frozen(eq=False, repr=False)
class Commit(Command):
    """The user's turn is over: store `text` as a user item and start a turn that answers it.

    `speech_end` is the last voiced sample (the arrival, for typed text), `transcribed` when the last words came;
    `probability` is the detector's, where one was used. `speculation` is the number of the guess that turned
    out right and now goes on as this turn.
    """

    text: str
    speech_end: int
    transcribed: int
    language: str | None = None
    probability: float | None = None
    speculation: int | None = None


@attrs.frozen(eq=False, repr=False)
class Keep(Command):
    """Store `text` as a user item that gets no answer now (a "mhm" under the agent's voice)."""

    text: str


@attrs.frozen(eq=False, repr=False)
class Interrupt(Command):
    """Cancel the utterance and drop its audio; any `Duck` or `Hold` ends with it."""

    utterance: int
    why: Why


@attrs.frozen(eq=False, repr=False)
class Duck(Command):
    """Lower the playback."""


@attrs.frozen(eq=False, repr=False)
class Hold(Command):
    """Hold the playback where it is; before the first audible sample, hold that one back."""


@attrs.frozen(eq=False, repr=False)
class Resume(Command):
    """Full gain again, and held audio goes on from where it was."""


@attrs.frozen(eq=False, repr=False)
class Stalled(Command):
    """The VAD heard speech and no words came of it: the turn ends. `during` is the agent's utterance, if any."""

    speech_end: int
    during: int | None = None


@attrs.frozen(eq=False, repr=False)
class Speculate(Command):
    """Start a reply to `text` behind a gate, under this number."""

    number: int
    text: str


@attrs.frozen(eq=False, repr=False)
class Abandon(Command):
    """The guess of this number was wrong: cancel it."""

    number: int


@attrs.frozen(eq=False, repr=False)
class Idle(Command):
    """The user has been silent since the agent finished, for the `times`-th period."""

    times: int
