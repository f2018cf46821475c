"""A WebRTC peer as the socket of a call: its data channel has the messages, its tracks the sound.

aiortc runs on asyncio; each peer has a loop of its own, which trio-asyncio runs within the peer's task. So all of a
peer ends with that task, and an error in it ends that peer alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any, Final, cast

import attrs
import numpy as np
import trio
import trio_asyncio  # type: ignore[import-untyped]
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import SessionDescription, candidate_from_sdp
from av import AudioFrame

from voiceflow.frames import Samples
from voiceflow.machines.carrying import Change
from voiceflow.serve.limits import Limits
from voiceflow.serve.rtc_line import RATE, PeerLine, VoiceTrack

_trio_asyncio: Final[Any] = trio_asyncio  # which says nothing of its types
_BEHIND: Final = 64 * 1024
"""Bytes that are with the data channel; more wait in the line's box, where they are counted."""
_UNREAD: Final = 256
"""Messages and blocks of sound that wait to be looked at: one who floods faster than that is let go."""
_LEAVING: Final = 2.0
"""Seconds that a peer connection has to close."""
_CANDIDATES: Final = 64
_GAP: Final = RATE
"""Samples of lost sound that are put in as silence at most; the call's clock makes up for more."""
_UNREADABLE = (ValueError, KeyError, IndexError, AttributeError, AssertionError, TypeError, StopIteration)
"""What aiortc's reader raises, by where it stumbles."""


class BadOffer(ValueError):
    """An offer, or a candidate, that nothing can be made of."""


def check(sdp: str) -> None:
    """Whether an offer is one that is answered.

    Raises:
        BadOffer: it is none, or asks for something else than one track of Opus and a data channel.
    """
    try:
        media = SessionDescription.parse(sdp).media
    except _UNREADABLE:
        raise BadOffer("sdp is a session description; got what cannot be read as one") from None
    if sorted(each.kind for each in media) != ["application", "audio"]:
        raise BadOffer("an offer has one track of sound and a data channel, and nothing else")
    for each in media:
        secured = each.dtls is not None and each.dtls.fingerprints
        if not (secured and each.ice and each.ice.usernameFragment and each.ice.password):
            raise BadOffer("an offer has a=fingerprint, a=setup, a=ice-ufrag and a=ice-pwd for each medium")
        if each.kind == "audio" and not any(codec.mimeType.lower() == "audio/opus" for codec in each.rtp.codecs):
            raise BadOffer("an offer's sound is Opus; got other codecs alone")


def _mono(frame: AudioFrame) -> Samples:
    samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))
    mixed: Samples = samples.mean(axis=1).astype(np.int16)
    return mixed


@attrs.define(eq=False)
class Peer:
    """One peer connection. `run` it; then it is the socket of a `Connection`."""

    limits: Limits
    line: PeerLine
    on_slow: Callable[[], object]
    """Called when it is let go because it reads too slowly."""
    ice: Sequence[Mapping[str, str]] = attrs.field(default=(), repr=False)
    """Servers to be asked, as `RTCIceServer`s."""
    answered: bool = attrs.field(default=False, init=False)
    _connection: RTCPeerConnection | None = attrs.field(default=None, init=False, repr=False)
    _loop: Any = attrs.field(default=None, init=False, repr=False)
    _channel: RTCDataChannel | None = attrs.field(default=None, init=False, repr=False)
    _opened: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)
    _written: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)
    _inbox: tuple[trio.MemorySendChannel[Any], trio.MemoryReceiveChannel[Any]] = attrs.field(
        factory=lambda: trio.open_memory_channel[Any](_UNREAD), init=False, repr=False
    )
    _nursery: trio.Nursery | None = attrs.field(default=None, init=False, repr=False)
    _track: VoiceTrack | None = attrs.field(default=None, init=False, repr=False)
    _sender: RTCRtpSender | None = attrs.field(default=None, init=False, repr=False)
    _changes: list[Change] = attrs.field(factory=list[Change], init=False, repr=False)
    _candidates: int = attrs.field(default=0, init=False, repr=False)

    # Its life

    async def run(self, sdp: str, serve: Callable[[], Awaitable[None]], task_status: trio.TaskStatus[str]) -> None:
        """Answer an offer, and `serve` the peer once its data channel is open, if it opens in time.

        Raises:
            BadOffer: nothing can be made of it.
        """
        async with _trio_asyncio.open_loop() as self._loop, trio.open_nursery() as self._nursery:
            servers = [RTCIceServer(**each) for each in self.ice]
            self._connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))
            try:
                answer = await self._aio(self._answer, self._connection, sdp)
                self.answered = True
                task_status.started(answer)
                with trio.move_on_after(self.limits.hello):
                    await self._opened.wait()
                if self._channel is not None:
                    await serve()
            finally:
                with trio.CancelScope(shield=True, deadline=trio.current_time() + _LEAVING):
                    await self._aio(self._connection.close)
                self._nursery.cancel_scope.cancel(reason="the peer is gone")

    async def _aio(self, do: Callable[..., Awaitable[Any]], *args: object) -> Any:
        return await _trio_asyncio.aio_as_trio(do, loop=self._loop)(*args)

    async def _answer(self, connection: RTCPeerConnection, sdp: str) -> str:
        self._track = VoiceTrack(self.line.carrying, self.line.rate, self._tell)
        transceiver = connection.addTransceiver(self._track, "sendrecv")
        capable = RTCRtpSender.getCapabilities("audio").codecs
        transceiver.setCodecPreferences([codec for codec in capable if codec.mimeType == "audio/opus"])
        self._sender = transceiver.sender
        connection.on("track", self._take_track)
        connection.on("datachannel", self._take_channel)
        connection.on("connectionstatechange", self._look)
        try:
            await connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
            await connection.setLocalDescription(await connection.createAnswer())
        except (OperationError, InvalidAccessError, InvalidStateError, *_UNREADABLE) as error:
            raise BadOffer(f"an offer that cannot be answered ({type(error).__name__})") from None
        return connection.localDescription.sdp

    def _look(self) -> None:
        if self._connection is not None and self._connection.connectionState in ("failed", "closed"):
            self._lose()

    def _lose(self) -> None:
        self._inbox[0].close()
        self._opened.set()
        self._written.set()

    async def candidate(self, text: str, mid: str | None, index: int | None) -> None:
        """An address where the peer may be reached, or "" when there are no more.

        Raises:
            BadOffer: it is none, or one too many.
        """
        self._candidates += 1
        if self._candidates > _CANDIDATES:
            raise BadOffer(f"at most {_CANDIDATES} candidates")
        assert self._connection is not None
        try:
            found = candidate_from_sdp(text.removeprefix("candidate:")) if text else None
            if found is not None:
                found.sdpMid, found.sdpMLineIndex = mid, index
            await self._aio(self._connection.addIceCandidate, found)
        except _UNREADABLE:
            raise BadOffer("candidate is one of ICE, with sdpMid or sdpMLineIndex; got something else") from None

    # What comes

    def _take_channel(self, channel: RTCDataChannel) -> None:
        if self._channel is None:
            self._channel = channel
            channel.bufferedAmountLowThreshold = _BEHIND // 2
            channel.on("message", self.take)
            channel.on("bufferedamountlow", lambda: self._written.set())
            channel.on("close", self._lose)
            self._opened.set()

    def take(self, message: str | bytes) -> None:
        """A message of the protocol came; there are no binary ones, as sound has its track."""
        if isinstance(message, str):
            self._put({"type": "websocket.receive", "text": message})

    def _take_track(self, track: MediaStreamTrack) -> None:
        assert self._nursery is not None
        self._nursery.start_soon(self._aio, self._listen, track)

    async def _listen(self, track: Any) -> None:
        """Within asyncio: hear the peer until its track ends."""
        end: int | None = None
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, AudioFrame)
            samples, pts = _mono(frame), frame.pts or 0
            lost = 0 if end is None else min(max(0, pts - end), _GAP)
            end = pts + len(samples)
            if lost:
                samples = np.concatenate((np.zeros(lost, np.int16), samples))
            for at in range(0, len(samples), RATE):
                self._put({"type": "websocket.receive", "bytes": samples[at : at + RATE].astype("<i2").tobytes()})

    def _put(self, message: MutableMapping[str, Any]) -> None:
        try:
            self._inbox[0].send_nowait(message)
        except trio.WouldBlock:
            self._lose()
        except trio.ClosedResourceError:
            pass  # it is over

    async def receive(self) -> MutableMapping[str, Any]:
        try:
            received: MutableMapping[str, Any] = await self._inbox[1].receive()
        except trio.EndOfChannel:
            return {"type": "websocket.disconnect"}
        return received

    # What goes

    def _tell(self, changes: list[Change]) -> None:
        """Of the track's time stamps the first is known when a packet has left."""
        self._changes += changes
        if self._changes and self._track is not None and self._track.last is not None:
            # aiortc tells nobody else the time stamp that it sent last.
            sent = cast(int, getattr(self._sender, "_RTCRtpSender__rtp_timestamp"))  # noqa: B009
            for change in self._changes:
                self.line.changed(change, sent - self._track.last)
            self._changes.clear()

    def offer(self, message: str | bytes) -> bool:
        return False  # the loop of aiortc is another

    async def send_text(self, data: str) -> None:
        channel = self._channel
        if channel is None or channel.readyState != "open":
            await trio.lowlevel.checkpoint()
            return  # what reads is told that it is gone
        channel.send(data)
        with trio.move_on_after(self.limits.patience) as scope:
            while channel.readyState == "open" and channel.bufferedAmount > _BEHIND:
                self._written = trio.Event()
                await self._written.wait()
            await trio.lowlevel.checkpoint()
        if scope.cancelled_caught:
            if not self.line.box.full:  # then who writes tells it
                self.on_slow()
            self._lose()

    async def send_bytes(self, data: bytes) -> None:
        raise AssertionError("a peer's sound goes by its track")

    async def close(self, code: int) -> None:
        """The peer connection is closed when nobody serves it any more; until then what was said may arrive."""
        await trio.lowlevel.checkpoint()
