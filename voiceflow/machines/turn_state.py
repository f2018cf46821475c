"""What the turn-taking machine remembers: four regions, each in one of a few states, and the times they need."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum

import attrs

from voiceflow.machines.turn_events import Command
from voiceflow.machines.turn_settings import TurnSettings, ns
from voiceflow.machines.turn_speculation import Guesses
from voiceflow.machines.turn_words import Words


class Voice(Enum):
    """The user's voice, as the VAD tells it."""

    SILENT = "silent"
    VOICED = "voiced"
    PAUSED = "paused"


class Agent(Enum):
    """The agent: between a commit and its utterance `AWAITED`."""

    LISTENING = "listening"
    AWAITED = "awaited"
    THINKING = "thinking"
    SPEAKING = "speaking"


class Hint(Enum):
    """A sign that the user may want the floor: open, confirmed but wordless so far, or classified as nothing."""

    NONE = "none"
    OPEN = "open"
    DOUBTED = "doubted"
    DISMISSED = "dismissed"


class Turn(Enum):
    """The user's turn: nothing owed, speech or words in hand, or words that wait for the agent to end."""

    CLOSED = "closed"
    OPEN = "open"
    WAITING = "waiting"


class Signal(Enum):
    """What one region tells the others within a step."""

    VOICE = "voice"
    WORDS = "words"
    COMMITTED = "committed"
    BEGUN = "agent began"
    ENDED = "agent ended"
    CUT = "agent cut off"


State = Voice | Agent | Hint | Turn


def pooled(probabilities: Collection[float]) -> float | None:
    """What several detectors say together: the odds of each, multiplied.

    That is Bayes' rule for evidence of different kinds (the sound of a sentence, its words) with even odds before it:
    0.5 says nothing, two that agree are surer than each, and two that contradict each other cancel out. Nobody is
    surer than 999 to 1, so that one alone cannot decide for all.
    """
    if len(probabilities) < 2:
        return next(iter(probabilities), None)
    odds = 1.0
    for probability in probabilities:
        sure = min(max(probability, 0.001), 0.999)
        odds *= sure / (1.0 - sure)
    return odds / (1.0 + odds)


@attrs.define
class Memory:
    """The machine's state. Times are nanoseconds of the session clock, whole microseconds."""

    settings: TurnSettings
    vad: bool
    detectors: int

    voice: Voice = Voice.SILENT
    agent: Agent = Agent.LISTENING
    turn: Turn = Turn.CLOSED
    hint: Hint = Hint.NONE

    now: int = 0
    words: Words = attrs.field(init=False)
    guesses: Guesses = attrs.field(init=False)
    start: int = 0
    """Where the voice began that a hint is measured from."""
    spoken: int | None = None
    """The last voiced sample, or without a VAD the end of the last words."""
    voice_at: int = 0
    """When the VAD last gave a sign, and `heard_at` when the recogniser did."""
    heard_at: int = 0
    final_at: int = 0
    said_until: int = 0
    """Where the last words ended, or when they came, if the recogniser does not tell."""
    opened_at: int = 0
    probability: float = 1.0
    spoke: bool = False
    """Whether there was speech since the turn was closed, and `lasting`: for min_duration without a pause."""
    lasting: bool = False
    over_agent: bool = False
    """Whether all of the open turn was said while the agent was to be heard."""
    predictions: dict[str, float] = attrs.field(factory=dict[str, float])
    """What each detector said last about this end of speech."""
    utterance: int = 0
    interruptible: bool = False
    cut: int | None = None
    """The utterance that was interrupted and whose end is not told yet."""
    agent_at: int = 0
    """When the agent changed its state."""
    finished: bool = False
    dismissed: bool = False
    """Whether a classifier took the speech since the last hint for nothing: its words are no interruption."""
    lowered: bool = False
    """Whether the playback is ducked or held, and a Resume is owed."""
    muted: bool = False
    muted_from: int | None = None
    """When the last time began in which the user is or was not listened to, and `muted_until` when it ended."""
    muted_until: int = 0
    idled: int = 0
    idled_at: int = 0

    commands: list[Command] = attrs.field(factory=list[Command])
    signals: list[Signal] = attrs.field(factory=list[Signal])

    def __attrs_post_init__(self) -> None:
        self.words = Words(self.settings.interruption, self.settings.language)
        self.guesses = Guesses(self.settings.speculation)

    def emit(self, command: Command) -> None:
        self.commands.append(command)

    @property
    def regions(self) -> tuple[Voice, Agent, Turn, Hint]:
        """The state of each region, in the order in which they are offered an event."""
        return self.voice, self.agent, self.turn, self.hint

    def enter(self, state: State) -> None:
        """Put the region of this state into it."""
        match state:
            case Voice():
                self.voice = state
            case Agent():
                self.agent = state
            case Turn():
                self.turn = state
            case _:
                self.hint = state

    @property
    def busy(self) -> bool:
        """Whether a commit has to wait for the agent."""
        return self.agent is not Agent.LISTENING

    @property
    def exposed(self) -> bool:
        """Whether the user can interrupt now."""
        at_work = self.agent in (Agent.THINKING, Agent.SPEAKING)
        return at_work and self.interruptible and not self.muted and self.settings.interruption.mode != "off"

    @property
    def listens(self) -> bool:
        """Whether the user says no more than a listener does while the agent speaks."""
        return self.over_agent and self.words.only_backchannels

    @property
    def insists_from(self) -> int:
        """Where the voice began that is not known to be a listener's: behind listening sounds, as far as they went."""
        return max(self.start, self.said_until) if self.listens else self.start

    @property
    def anchor(self) -> int:
        """What the end of the turn is counted from: when the user last spoke."""
        return self.opened_at if self.spoken is None else self.spoken

    @property
    def prediction(self) -> float | None:
        """The probability that the turn is over, as far as the detectors have answered."""
        return pooled(self.predictions.values())

    @property
    def quiet_since(self) -> int | None:
        """Since when there is no sign of the user's voice; None while there is."""
        if not self.vad:
            return self.heard_at
        return None if self.voice is Voice.VOICED else self.spoken

    @property
    def lasts(self) -> bool:
        """Whether the voice went on for min_duration without a pause."""
        voiced = self.voice is Voice.VOICED and self.now - self.start >= ns(self.settings.interruption.min_duration)
        return self.lasting or voiced
