"""A caller who acts out a script: clips that are triggered by what the agent does."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Literal

import attrs
import numpy as np
from attrs import validators

from voiceflow.audio_sink import Activity
from voiceflow.frames import Audio, Samples, read_only
from voiceflow.node import Node
from voiceflow.ports import Out, Watch
from voiceflow.services import Ports, Services

_SECOND = 1_000_000_000


@attrs.frozen
class Step:
    """One clip of the script, and when it is spoken.

    `start`: so many seconds after the session began. `reply_audible`, `reply_ended`: so many seconds after the
    agent's answer to the step before became audible, or ended. When no answer has begun after `patience` seconds, the
    clip is spoken anyway.
    """

    samples: Samples = attrs.field(converter=read_only, eq=False, repr=lambda s: f"<{len(s)}>")
    words: str
    trigger: Literal["start", "reply_audible", "reply_ended"] = "reply_ended"
    seconds: float = 1.0
    patience: float = 20.0


@attrs.define
class _Waiting:
    """What the caller waits for: an activity after `since`."""

    step: Step | None
    since: int
    turn: int | None = None
    due: int | None = None

    def look(self, activity: Activity | None, now: int) -> bool:
        """Whether it is time to speak."""
        wanted, seconds = ("reply_ended", 1.0) if self.step is None else (self.step.trigger, self.step.seconds)
        if self.due is None and wanted == "start":
            self.due = round(seconds * _SECOND)
        if self.due is None and activity is not None:
            self._note(activity, wanted, round(seconds * _SECOND))
        patience = 20.0 if self.step is None else self.step.patience
        if self.due is None and self.turn is None:
            return now >= self.since + round(patience * _SECOND)
        return self.due is not None and now >= self.due

    def _note(self, activity: Activity, wanted: str, after: int) -> None:
        if activity.what == "audible" and activity.at >= self.since:
            self.turn = activity.turn
            if wanted == "reply_audible":
                self.due = activity.at + after
        if activity.what == "ended" and activity.turn == self.turn and wanted == "reply_ended":
            self.due = activity.at + after


@attrs.define(eq=False)
class Caller(Node):
    """Speaks the steps of a script in real time, silent in between, and hangs up after the reply to the last.

    Args:
        rate: Hz of the clips and of what is sent.
        noise: RMS of the line's noise in steps of int16; a line without any is not of this world.
    """

    steps: Sequence[Step]
    rate: int = attrs.field(default=16000, validator=validators.gt(0))
    block: float = attrs.field(default=0.02, validator=[validators.ge(0.005), validators.le(1.0)])
    noise: float = attrs.field(default=4.0, validator=validators.ge(0))

    audio = Out(Audio)
    agent = Watch(Activity, optional=False)

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        np.random.default_rng()  # NumPy loads that part of itself when it is asked for: 8 ms, and not of the call
        yield

    async def run(self, ports: Ports) -> None:
        random = np.random.default_rng(1)
        size = round(self.block * self.rate)
        steps = list(self.steps)
        waiting = _Waiting(steps[0] if steps else None, 0)
        clip, at, pts = np.zeros(0, np.int16), 0, 0
        while True:
            now = pts * _SECOND // self.rate
            if at >= len(clip) and waiting.look(ports[self.agent].value, now):
                if not steps:
                    return
                clip, at = steps.pop(0).samples, 0
                ports.mark("caller.speaks", seconds=len(clip) / self.rate)
            block = clip[at : at + size]
            if len(block) and at + size >= len(clip):
                waiting = _Waiting(steps[0] if steps else None, now)
                ports.mark("caller.ends")
            at += size
            noise = random.normal(0.0, self.noise, size) if self.noise else np.zeros(size)
            noise[: len(block)] += block
            pts += size
            await ports.sleep_until(pts * _SECOND // self.rate)
            await ports[self.audio].send(
                Audio(np.clip(np.rint(noise), -32768, 32767).astype(np.int16), self.rate, pts - size)
            )
