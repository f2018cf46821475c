"""What a server lets its callers do, and how much of it."""

from __future__ import annotations

import attrs
from attrs import validators as are

from voiceflow.machines.call_protocol import Rates
from voiceflow.machines.room import RoomSettings


@attrs.frozen(kw_only=True)
class Limits:
    """Of a server and its calls.

    Args:
        calls: how many there may be at once.
        starts, burst: how many may begin in a second on average, and at once.
        seconds: how long one may last.
        resume: seconds for which a call without a line waits for another.
        idle: seconds of nothing from a client after which its socket is taken for cut, whatever it was for.
        hello: seconds within which a client says hello, connects as a peer, or sends the body of a request.
        behind: bytes that may wait for a client that reads slowly.
        patience: seconds that a write to a client may take.
        connections: how many sockets may be open at once, of any kind.
        drain: seconds that the calls under way have when the server is asked to end.
        rooms: how many there may be at once; each is a call besides.
        room: how many may be in one, and how long it waits for them.
        rates: what a client may send.
    """

    calls: int = attrs.field(default=50, validator=are.ge(1))
    starts: float = attrs.field(default=10.0, validator=are.gt(0.0))
    burst: float = attrs.field(default=50.0, validator=are.ge(1.0))
    seconds: float = attrs.field(default=3600.0, validator=are.gt(0.0))
    resume: float = attrs.field(default=5.0, validator=are.ge(0.0))
    idle: float = attrs.field(default=10.0, validator=are.gt(0.0))
    hello: float = attrs.field(default=10.0, validator=are.gt(0.0))
    behind: int = attrs.field(default=1024 * 1024, validator=are.ge(64 * 1024))
    patience: float = attrs.field(default=5.0, validator=are.gt(0.0))
    connections: int = attrs.field(default=1000, validator=are.ge(1))
    drain: float = attrs.field(default=30.0, validator=are.ge(0.0))
    rooms: int = attrs.field(default=20, validator=are.ge(1))
    room: RoomSettings = attrs.field(factory=RoomSettings)
    rates: Rates = attrs.field(factory=Rates)
