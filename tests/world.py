"""A user, a model and a voice whose times are stated, for tests in virtual time."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
import trio

from voiceflow import In, Node, Out, Phrase, Ports, Prompt, Speech, Spoken, Text, Transcript
from voiceflow.frames import Frame
from voiceflow.items import ToolCall

RATE = 16000


@attrs.frozen
class Clip:
    """The user speaks from `start` to `end` (seconds); no text is a noise. `final` is the recogniser's delay."""

    start: float
    end: float
    text: str = ""
    final: float = 0.2


def _at(seconds: float) -> int:
    return round(seconds * RATE)


def _events(clips: Sequence[Clip], silence: float) -> list[tuple[float, str, Frame]]:
    found: list[tuple[float, str, Frame]] = []
    open_since: float | None = None
    for clip, after in zip(clips, [*clips, None][1:], strict=True):
        known = _at(clip.start)
        found.append((clip.start, "speech", Speech(True, known, known, RATE)))
        open_since = clip.start if open_since is None else open_since
        end = _at(clip.end)
        found.append((clip.end, "speech", Speech(True, end, end, RATE, voiced=False)))
        if clip.text:
            heard = Transcript(clip.text, "final", RATE, _at(clip.start), end)
            found.append((clip.end + clip.final, "transcripts", heard))
        if after is None or after.start - clip.end >= silence:
            found.append((clip.end + silence, "speech", Speech(False, end, end + _at(silence), RATE)))
    return sorted(found, key=lambda event: event[0])


@attrs.define(eq=False)
class User(Node):
    """Speaks its clips, with a VAD and a recogniser that make no mistake; silent until `until`, then gone."""

    clips: Sequence[Clip]
    silence: float = 0.5
    until: float = 30.0

    speech = Out(Speech)
    transcripts = Out(Transcript)

    async def run(self, ports: Ports) -> None:
        for at, port, frame in _events(self.clips, self.silence):
            await ports.sleep_until(round(at * 1e9))
            if isinstance(frame, Speech):
                await ports[self.speech].send(frame)
            elif isinstance(frame, Transcript):
                await ports[self.transcripts].send(frame)
            else:
                raise AssertionError(port)
        await ports.sleep_until(round(self.until * 1e9))


@attrs.define(eq=False)
class Model(Node):
    """Writes `replies` one after the other: the first token `first` s after the prompt, the full stop at `last` s."""

    replies: Sequence[str] = ("Once upon a time there was a dog.",)
    first: float = 0.1
    last: float = 0.3
    fail_at: int | None = None
    prompts: list[Prompt] = attrs.field(factory=list[Prompt], init=False)

    prompt = In(Prompt)
    text = Out(Text)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            began = ports.now()
            reply = self.replies[len(self.prompts) % len(self.replies)]
            self.prompts.append(prompt)
            tokens = [*(word + " " for word in reply[:-1].split(" "))]
            tokens[-1] = tokens[-1].rstrip()
            for n, token in enumerate(tokens):
                if n == self.fail_at:
                    raise ConnectionError("the stub breaks here")
                await ports.sleep_until(began + round(self.first * 1e9))
                await ports[self.text].send(Text(token))
            await ports.sleep_until(began + round(self.last * 1e9))
            await ports[self.text].send(Text(reply[-1]))


@attrs.define(eq=False)
class Planner(Node):
    """Answers its prompts with `replies`, one after the other: a text, and what it calls then; then with "Fine.".

    The text comes `first` s after the prompt, but for its last character, which comes with the calls at `last` s.
    `crash_at` is the prompt, counted from 0, in whose answer it breaks off once, when half of the text is out.
    """

    replies: Sequence[tuple[str, Sequence[ToolCall]]]
    first: float = 0.1
    last: float = 0.3
    crash_at: int | None = None
    prompts: list[Prompt] = attrs.field(factory=list[Prompt], init=False)

    prompt = In(Prompt)
    text = Out(Text)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            began, number = ports.now(), len(self.prompts)
            if number == self.crash_at:
                self.crash_at = None
                await ports[self.text].send(Text(self.replies[number][0][:4]))
                raise ConnectionError("the stub breaks here")
            said, calls = self.replies[number] if number < len(self.replies) else ("Fine.", ())
            self.prompts.append(prompt)
            await ports.sleep_until(began + round(self.first * 1e9))
            await ports[self.text].send(Text(said[:-1]))
            await ports.sleep_until(began + round(self.last * 1e9))
            await ports[self.text].send(Text(said[-1:]))
            await ports.call_tools(prompt, calls)


@attrs.define(eq=False)
class Voice(Node):
    """Says each phrase in `seconds` s of a constant signal, its first chunk `first` s after the phrase came."""

    seconds: float = 2.0
    first: float = 0.2
    chunk: float = 0.04
    rate: int = 24000
    level: int = 1000
    made: float = attrs.field(default=0.0, init=False)

    phrases = In(Phrase, items=1)
    spoken = Out(Spoken)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for phrase in ports[self.phrases]:
            await self.say(ports, phrase, 1.0)

    async def say(self, ports: Ports, phrase: Phrase, share: float) -> None:
        """Say so much of a phrase."""
        await trio.sleep(self.first)
        total = round(self.seconds * self.rate)
        step = round(self.chunk * self.rate)
        for start in range(0, round(total * share), step):
            samples = np.full(min(step, round(total * share) - start), self.level, np.int16)
            self.made += len(samples) / self.rate
            await ports[self.spoken].send(Spoken(samples, self.rate, phrase, last=start + step >= total))
