"""How long a provider may owe something where another could do its work: a stall is a failure like any other.

A provider owes while it has work in hand and nothing keeps it waiting: neither a listener who is behind, nor a tool,
nor a turn that is not certain yet. Only what is of use pays: no empty text, and no sound without samples. A recogniser
that asks for more audio owes nothing but the final of an utterance of which it told words, from the end that the voice
activity detection has marked. While all others rest or are out nothing is gained by leaving it, and it is not left:
what bounds it then are its own limits, and the watchdog of the turn.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any

import attrs
import trio

from voiceflow._clock import SECOND
from voiceflow.errors import ProviderError
from voiceflow.frames import Audio, Frame, Phrase, Prediction, Prompt, Spoken, Text, Transcript
from voiceflow.machines.breaker import Providers
from voiceflow.machines.progress import progress
from voiceflow.machines.takeover import broken_off
from voiceflow.node import Node

_KINDS: tuple[tuple[type[Frame], type[Frame]], ...] = (
    (Prompt, Text),
    (Phrase, Spoken),
    (Audio, Transcript),
    (Audio, Audio),
    (Audio, Prediction),
    (Transcript, Prediction),
)
"""A model, a voice, a recogniser; what listens or cleans on the way, and a detector, which owe that they go on."""


def is_attended(node: Node) -> bool:
    """Whether another could do the work of this node, and it is known what it owes."""
    return bool(node.others) and any(_turns(node, inner, outer) for inner, outer in _KINDS)


def _turns(node: Node, inner: type[Frame], outer: type[Frame]) -> bool:
    takes, gives = ({port.kind for port in ports.values()} for ports in (node.inlets(), node.outlets()))
    return inner in takes and outer in gives


@attrs.define
class _Utterance:
    """What a recogniser owes. Times in seconds of Trio's clock, places in samples."""

    over: float | None = None
    """When the end of it came."""
    told: bool = False
    """Whether words of it were told that are not final."""
    final: bool = False
    heard_to: int = -1
    """The end of the last final; `told_to`: of the words that were told."""
    told_to: int = 0

    @property
    def owed(self) -> bool:
        return self.told and self.over is not None

    def hear(self, block: Audio, now: float) -> bool:
        """Whether an utterance has begun after one that has brought nothing."""
        if block.speech is None:
            return False
        if not block.speech.active:
            self.over = now if self.over is None else self.over
            return False
        silent = self.over is not None and not self.final
        if self.over is not None:
            self.over, self.final = None, False
        return silent

    def tell(self, transcript: Transcript) -> None:
        end = transcript.end or 0
        if transcript.stage == "final":
            self.told, self.final, self.heard_to = False, True, max(end, self.heard_to)
        elif transcript.text.strip() and end > self.heard_to:  # else of an utterance whose final has been told
            self.told, self.told_to = True, self.told_to if self._is_later(transcript) else end

    def _is_later(self, transcript: Transcript) -> bool:
        """Whether it is of what was said after words that are not final yet."""
        return self.told and transcript.start is not None and transcript.start >= self.told_to

    def is_passed_over(self, transcript: Transcript) -> bool:
        """Whether the words that were told are left behind: this is the final of later ones."""
        return transcript.stage == "final" and self._is_later(transcript)


def patience_with(node: Node, providers: Providers, now: Callable[[], int]) -> Patience:
    """For a provider at work; `now` tells nanoseconds since the session began."""
    return Patience(node.name, providers, now, hears=_turns(node, Audio, Transcript))


@attrs.define(eq=False)
class Patience:
    """With the provider that is at work. Times in seconds of Trio's clock."""

    who: str
    providers: Providers
    now: Callable[[], int]
    hears: bool = attrs.field(kw_only=True)
    """Whether it is a recogniser."""
    left: bool = attrs.field(default=False, init=False)
    """Whether another is at work next, though this one did not fail."""
    finished: bool = attrs.field(default=False, init=False)
    """Whether it came to its end, and was not stopped."""
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False)
    _since: float = attrs.field(factory=trio.current_time, init=False)
    """When it began to owe, or paid last."""
    _asking: int = attrs.field(default=0, init=False)
    """How many of its tasks wait for more work; `_held`: for somebody else."""
    _held: int = attrs.field(default=0, init=False)
    _work: Frame | None = attrs.field(default=None, init=False)
    """The prompt or phrase in its hand."""
    _utterance: _Utterance = attrs.field(factory=_Utterance, init=False)
    _measured: bool = attrs.field(default=False, init=False)
    _called: bool = attrs.field(default=False, init=False)
    """Whether a model called tools."""

    @contextmanager
    def attend(self) -> Generator[None, None, None]:
        """It is at work in here.

        Raises:
            ProviderError: it owed for too long; retryable.
        """
        with self.scope:
            self._look()
            yield
            self.done()
            self.finished = True
        if self.scope.cancelled_caught and not self.left:
            raise ProviderError(
                f"{self.who}: expected something within {self.providers.policy.patience:g} s, got nothing. "
                "Allow more by FallbackPolicy.patience.",
                retryable=True,
            )

    @property
    def _in_hand(self) -> bool:
        return self._work is not None or self._utterance.owed

    @property
    def owes_final(self) -> bool:
        """Whether a recogniser told words that are not final yet."""
        return self._utterance.told

    def _look(self) -> None:
        """Set the deadline anew."""
        if not self.left:
            owes = not self._held and (self._in_hand or not self._asking)
            self.scope.deadline = (
                max(self._since + self.providers.policy.patience, self._relief()) if owes else math.inf
            )

    def _relief(self) -> float:
        """When another can take over."""
        now = self.now()
        at = self.providers.relief_at(now)
        return math.inf if at is None else trio.current_time() + (at - now) / SECOND

    async def ask(self, receive: Callable[[], Awaitable[Any]]) -> Any:
        """Wait for more work."""
        self._asking += 1
        self._look()
        try:
            frame = await receive()
        finally:
            self._asking -= 1
            if not self._in_hand:
                self._since = trio.current_time()
            self._look()
        self._take(frame)
        return frame

    def _take(self, frame: Frame) -> None:
        now, owed = trio.current_time(), self._in_hand
        if isinstance(frame, Prompt | Phrase):
            self._work, self._since = frame, now
        elif self.hears and isinstance(frame, Audio):
            if self._utterance.hear(frame, now):
                self._judge(math.inf, for_good=True)
            if self._in_hand and not owed:
                self._since = now
        self._look()

    def done(self) -> None:
        """What was in hand is dealt with.

        Raises:
            ProviderError: a model has neither written nor called anything; retryable.
        """
        work, self._work = self._work, None
        self._look()
        if isinstance(work, Prompt) and not (self._measured or self._called or broken_off(work)):
            raise ProviderError(f"{self.who}: expected an answer, got nothing. Ask again.", retryable=True)

    def calls(self) -> None:
        """A model has called something: it need not say anything."""
        self._called = True

    @contextmanager
    def held(self, *, pays: bool = True) -> Generator[None, None, None]:
        """Somebody else keeps it waiting in here."""
        self._held += 1
        self._look()
        try:
            yield
        finally:
            self._held -= 1
            if pays:
                self._since = trio.current_time()
            self._look()

    async def give(self, send: Callable[[Any], Awaitable[None]], frame: Frame) -> None:
        """Send, and look what that is worth.

        Raises:
            ProviderError: a recogniser goes on and leaves words behind; retryable.
        """
        took = self._took(frame)
        if isinstance(frame, Transcript):
            if self._utterance.is_passed_over(frame):
                raise ProviderError(
                    f"{self.who}: expected a final of the words that it told, got one of later words.", retryable=True
                )
            self._utterance.tell(frame)
        if isinstance(frame, Spoken) and frame.last:
            self._work = None
        with self.held(pays=isinstance(frame, Transcript) or bool(progress(frame))):
            await send(frame)
        if isinstance(frame, Transcript) and frame.stage == "final":
            self.providers.worked(self.now())  # what lives for the call has no other end of a piece of work
        if took is not None:
            self._judge(took, for_good=isinstance(frame, Transcript))

    def _took(self, frame: Frame) -> float | None:
        """How long this output took, if it is the first of a turn; of a recogniser, a final."""
        now = trio.current_time()
        if isinstance(frame, Transcript):
            over = self._utterance.over
            return None if frame.stage != "final" else 0.0 if over is None else now - over
        if self._measured or not progress(frame):
            return None
        self._measured = True
        return now - self._since

    def _judge(self, seconds: float, *, for_good: bool) -> None:
        """It took so long. What works `for_good` gives way at once, other work ends with its turn."""
        if self.providers.took(seconds, self.now()) and for_good:
            self.left = True
            self.scope.cancel(reason="another provider is faster")
