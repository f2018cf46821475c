"""Is the user's turn over, by how it sounds? Smart Turn v3, a small audio network, through onnxruntime."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager

import attrs
import numpy as np
import trio
from attrs import validators as are
from numpy.typing import NDArray

from voiceflow import Audio, Frame, In, Node, Out, Ports, Prediction, Samples, Services, Speech
from voiceflow.machines.logmel import RATE, log_mel, normalised
from voiceflow.machines.utterances import Lull, Resumed, Utterances
from voiceflow.models import locate
from voiceflow.onnx import network
from voiceflow.resampling import Resampling

SECONDS = 8
WINDOW = SECONDS * RATE

_LEAD = RATE // 4  # samples heard before the begin of speech, which a VAD hardly tells too early
# Of the silence that follows, 0.3 s, which most VADs wait for anyway. With 0.1 s it missed three of eight ends that
# were tried, with 0.2 s one; longer silence is an end to it wherever it stands. Where a VAD waits for less,
# silence is put behind, which is judged as the true one is that comes then.
_TAIL = RATE * 3 // 10
_LULL = 0.2  # seconds of rest after which an end is likely enough to be judged before it is one
_SOFT = RATE // 10  # how much sooner loudness hears an end than a VAD does
_KNOWN = 2 * RATE  # samples from an end of speech to its verdict that may be held beyond the window
_BEFORE = RATE  # samples held while there is no turn: a VAD tells its begin late
_MODEL = "smart-turn"


def features(samples: Samples) -> NDArray[np.float32]:
    """What the network is shown: the last 8 s at 16 kHz, silence in front where there is less; float32 [80, 800]."""
    samples = samples[-WINDOW:]
    silence = WINDOW - len(samples)
    signal = np.zeros(WINDOW, np.float32)
    np.divide(samples, 32768, out=signal[silence:], dtype=np.float32)
    return log_mel(normalised(signal), constant=silence)


def score(sound: Samples, path: str) -> float:
    """The probability (0 to 1) that a turn which sounds like this, at 16 kHz, is over, by the model at `path`.

    Raises:
        ProviderError: onnxruntime is missing, or the file is not Smart Turn's.
    """
    smart_turn = network(path, ("input_features",), "Smart Turn", "smart-turn-v3")
    (probability,) = smart_turn.run(None, {"input_features": features(sound)[None]})
    return min(1.0, max(0.0, float(probability[0, 0])))


def load(model: str | None) -> str:
    """The path of the model, loaded and tried once: a first inference plans its memory. Raises as `score`."""
    path = str(locate("smart-turn-v3", model))
    score(np.zeros(RATE, np.int16), path)
    return path


@attrs.define(eq=False)
class _Early:
    """What was judged of a lull, before speech was said to have ended there."""

    probability: float | None = None


@attrs.frozen
class _Request:
    """An end of speech, or a lull that may become one, to be judged by the sound of its turn at 16 kHz."""

    speech: Speech | None
    sound: Samples
    early: _Early | None


@attrs.define
class _Sound:
    """The last samples of a stream at 16 kHz."""

    end: int = attrs.field(default=0, init=False)
    _blocks: deque[Samples] = attrs.field(factory=deque[Samples], init=False)
    _held: int = attrs.field(default=0, init=False)

    def add(self, piece: Audio) -> None:
        lost = min(max(0, piece.pts - self.end), WINDOW) if self._held else 0
        for samples in (np.zeros(lost, np.int16), piece.samples):
            self._blocks.append(samples)
            self._held += len(samples)
        self.end = piece.end

    def keep(self, last: int) -> None:
        """Forget what lies before the `last` samples, by whole blocks."""
        while self._blocks and self._held - len(self._blocks[0]) >= last:
            self._held -= len(self._blocks.popleft())

    def between(self, begin: int, end: int) -> Samples:
        held = np.concatenate([np.zeros(0, np.int16), *self._blocks])
        first = self.end - len(held)
        return held[max(0, begin - first) : max(0, end - first)]


@attrs.define
class _Hearing:
    """Where the open turn began, and its sound."""

    new_turn_after: float
    _resampling: Resampling = attrs.field(factory=lambda: Resampling(RATE), init=False)
    _told: deque[Speech] = attrs.field(factory=deque[Speech], init=False)  # as they came, at the stream's own rate
    _sound: _Sound = attrs.field(factory=_Sound, init=False)
    _began: int | None = attrs.field(default=None, init=False)
    _silent_since: int | None = attrs.field(default=None, init=False)
    _utterances: Utterances = attrs.field(factory=lambda: Utterances(RATE, "vad", lull=_LULL), init=False)
    _early: _Early | None = attrs.field(default=None, init=False)

    @property
    def open(self) -> bool:
        """Whether the sound that is held belongs to a turn that may go on."""
        return self._began is not None

    def push(self, frame: Audio) -> Iterator[_Request]:
        """What is to be judged because of this block, of any rate."""
        if frame.speech is not None:
            self._told.append(frame.speech)
        for piece in self._resampling.push(frame):
            yield from self._hear(piece)

    def end(self) -> Iterator[_Request]:
        """What is still to be judged when the stream has ended."""
        for piece in self._resampling.end():
            yield from self._hear(piece)

    def _hear(self, piece: Frame) -> Iterator[_Request]:
        assert isinstance(piece, Audio)
        self._sound.add(piece)
        self._sound.keep(WINDOW + _KNOWN if self.open else _BEFORE)
        if self._silent_since is not None and self._sound.end - self._silent_since > self.new_turn_after * RATE:
            self._began = self._silent_since = None
        for part in self._utterances.push(piece):
            if isinstance(part, Lull) and self._began is not None:
                self._early = _Early()
                yield self._request(None, part.at + _SOFT, self._began)
            elif isinstance(part, Resumed):
                self._early = None
        if piece.speech is not None:
            yield from self._judge(piece.speech, self._told.popleft())

    def _judge(self, speech: Speech, told: Speech) -> Iterator[_Request]:
        if speech.active:
            self._began = speech.pts if self._began is None else self._began
            self._silent_since = self._early = None
        elif self._began is not None:
            self._silent_since = speech.pts
            yield self._request(told, speech.pts, self._began)
            self._early = None

    def _request(self, speech: Speech | None, end: int, began: int) -> _Request:
        sound = self._sound.between(began - _LEAD, end + _TAIL)
        to_come = np.zeros(max(0, end + _TAIL - self._sound.end), np.int16)
        return _Request(speech, np.concatenate([sound, to_come])[-WINDOW:], self._early)


@attrs.define
class _Newest:
    """A place for one request: a newer one takes it from an older one that nobody has fetched."""

    request: _Request | None = attrs.field(default=None, init=False)
    busy: bool = attrs.field(default=False, init=False)
    _closed: bool = attrs.field(default=False, init=False)
    _changed: trio.Event = attrs.field(factory=trio.Event, init=False)

    def put(self, request: _Request) -> None:
        self.request, self.busy = request, True
        self._changed.set()

    def close(self) -> None:
        self._closed = True
        self._changed.set()

    async def fetch(self) -> _Request | None:
        """The newest request, or None when there will be no more."""
        while self.request is None:
            self.busy = False
            if self._closed:
                return None
            self._changed = trio.Event()
            await self._changed.wait()
        request, self.request = self.request, None
        return request


@attrs.define(eq=False, kw_only=True)
class SmartTurn(Node):
    """Judges the sound of the turn (its last 8 s) each time a VAD before it says that speech has ended.

    Takes audio of any rate with the verdicts of a VAD in it. A prediction stands at the sample where speech ended, and
    comes when the network is done, in a thread; audio never waits for it. A rest of 0.2 s, told by loudness, is judged
    already, so that the prediction is ready when the VAD calls it an end. One inference is under way at a time; ends of
    speech that come meanwhile wait, and only the newest of them is judged. After `new_turn_after` seconds of silence,
    speech begins a new turn: keep it above the turn-taking's `max_wait`. `model` is a path, None the one that
    `voiceflow.models.locate` finds.

    Raises:
        ProviderError: when it is opened: the model or onnxruntime is missing, or the file is not Smart Turn's.

    Source: Smart Turn v3.2 (BSD-2-Clause), which hears 23 languages.
    """

    audio = In(Audio, seconds=12)  # while it takes none, the VAD beside it hears on
    predictions = Out(Prediction)

    model: str | None = None
    new_turn_after: float = attrs.field(default=2.0, validator=[are.ge(0.0), are.le(600.0)])
    _path: str = attrs.field(default="", init=False)

    @property
    def name(self) -> str:
        return "smart_turn"

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None]:
        self._path = await services.compute(load, self.model, model=_MODEL)
        yield

    async def run(self, ports: Ports) -> None:
        hearing, newest = _Hearing(self.new_turn_after), _Newest()
        uncommitted = 0.0
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._judge, ports, newest)
            async for block in ports[self.audio].taking():
                for request in hearing.push(block):
                    newest.put(request)
                uncommitted += len(block.samples) / block.rate
                # After a crash the turn's sound is given again, but for what is older than is heard.
                if not newest.busy and uncommitted > (SECONDS if hearing.open else 1):
                    ports[self.audio].commit()
                    uncommitted = 0.0
            for request in hearing.end():
                newest.put(request)
            newest.close()

    async def _judge(self, ports: Ports, newest: _Newest) -> None:
        while request := await newest.fetch():
            speech, early = request.speech, request.early or _Early()
            if early.probability is None:
                early.probability = await ports.compute(score, request.sound, self._path, model=_MODEL)
            if speech is not None:
                await ports[self.predictions].send(Prediction(early.probability, speech.pts, speech.rate, "smart-turn"))
