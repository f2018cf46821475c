"""Who has answered: a node that listens to the first seconds of a call that was made."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import attrs
import trio
from attrs import validators as are

from voiceflow._clock import SECOND
from voiceflow.errors import ProviderError
from voiceflow.frames import Audio, Frame, Speech, Transcript
from voiceflow.machines.beep import BeepDetector
from voiceflow.machines.voicemail import Kind as Kind
from voiceflow.machines.voicemail import Verdict as Verdict
from voiceflow.machines.voicemail import Voicemail
from voiceflow.machines.voicemail import VoicemailSettings as VoicemailSettings
from voiceflow.node import Node
from voiceflow.ports import In, Out
from voiceflow.services import Ports, Services

Classify = Callable[[str], Awaitable[Kind]]


@attrs.define(eq=False)
class VoicemailDetector(Node):
    """Tells a person from an answering machine, once; and tells when that beeps, as often as it does.

    Connect the audio of the call, the VAD's `speech` and the recogniser's `transcripts`; without one of these two the
    other and the beep decide. Time is counted in samples of the audio, from the first block on.

    Args:
        settings: what tells them apart.
        classify: is asked once about the words so far, `classify_after` seconds after the first final ones: a language
            model, say. What it answers counts if nothing else was sooner; a `ProviderError` counts as `unknown`.

    Marks: `voicemail` (`kind`, `why`), once; `voicemail.beep`; `voicemail.unclassified` (`error`).
    """

    audio = In(Audio)
    speech = In(Speech, items=64, optional=True)
    transcripts = In(Transcript, items=64, optional=True)
    verdicts = Out(Verdict)

    settings: VoicemailSettings = attrs.Factory(VoicemailSettings)
    classify: Classify | None = attrs.field(default=None, repr=False)
    classify_after: float = attrs.field(default=2.0, validator=[are.ge(0.0), are.le(60.0)])

    _machine: Voicemail | None = attrs.field(default=None, init=False, repr=False)
    _beeps: BeepDetector | None = attrs.field(default=None, init=False, repr=False)
    _now: int = attrs.field(default=0, init=False, repr=False)
    _ask_at: int | None = attrs.field(default=None, init=False, repr=False)
    _asked: bool = attrs.field(default=False, init=False, repr=False)
    _told: bool = attrs.field(default=False, init=False, repr=False)
    _decided: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)
    _beeped: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        self._machine = self._beeps = self._ask_at = None
        self._now, self._asked, self._told = 0, False, False
        self._decided, self._beeped = trio.Event(), trio.Event()
        yield

    async def verdict(self) -> Verdict:
        """Wait until it is known, or the deadline has passed."""
        await self._decided.wait()
        assert self._machine is not None
        assert self._machine.verdict is not None
        return self._machine.verdict

    async def beeped(self) -> None:
        """Wait until a beep is over, if none has been: now a message can be left."""
        await self._beeped.wait()

    async def run(self, ports: Ports) -> None:
        async with trio.open_nursery() as nursery:
            async for _, frame in ports.merged(self.audio, self.speech, self.transcripts):
                self._hear(frame, ports)
                await self._tell(ports)
                if self._ask_at is not None and self._now >= self._ask_at:
                    self._ask_at = None
                    nursery.start_soon(self._classify, ports)
            self._hang_up()
            await self._tell(ports)

    def _hear(self, frame: Frame, ports: Ports) -> None:
        match frame:
            case Audio():
                self._listen(frame, ports)
            case Speech():
                machine = self._begun(frame.known * SECOND // frame.rate)
                if not frame.active or frame.voiced:  # pauses within an utterance are no end of it
                    machine.speech(frame.active, frame.pts * SECOND // frame.rate, self._now)
            case Transcript():
                machine = self._begun(self._now)
                machine.words(frame.text, self._now, final=frame.stage == "final")
                if self.classify is not None and machine.text and not (self._asked or self._told):
                    self._asked = True
                    self._ask_at = self._now + round(self.classify_after * SECOND)
            case _:
                raise TypeError(f"{self.name} hears no {type(frame).__name__}")

    def _listen(self, frame: Audio, ports: Ports) -> None:
        machine = self._begun(frame.end * SECOND // frame.rate, frame.pts * SECOND // frame.rate)
        if self._beeps is None or self._beeps.rate != frame.rate:
            self._beeps = BeepDetector(frame.rate)
        for beep in self._beeps.push(frame.samples, frame.pts):
            machine.beep(beep.known * SECOND // frame.rate)
            ports.mark("voicemail.beep")
            self._beeped.set()
        machine.tick(self._now)

    def _begun(self, now: int, began: int | None = None) -> Voicemail:
        """The machine, which begins with the call."""
        self._now = max(self._now, now)
        if self._machine is None:
            self._machine = Voicemail(self.settings, self._now if began is None else began)
        return self._machine

    def _hang_up(self) -> None:
        """Nobody is left to find out about."""
        machine = self._begun(self._now)
        machine.tick(machine.began + round(self.settings.deadline * SECOND))

    async def _tell(self, ports: Ports) -> None:
        verdict = self._machine.verdict if self._machine is not None else None
        if verdict is not None and not self._told:
            self._told, self._ask_at = True, None
            ports.mark("voicemail", kind=verdict.kind, why=verdict.why)
            self._decided.set()
            await ports[self.verdicts].send(verdict)

    async def _classify(self, ports: Ports) -> None:
        assert self.classify is not None
        assert self._machine is not None
        try:
            kind = await self.classify(self._machine.text)
        except ProviderError as error:
            ports.mark("voicemail.unclassified", error=str(error))
            return
        self._machine.judge(kind, self._now)
        await self._tell(ports)
