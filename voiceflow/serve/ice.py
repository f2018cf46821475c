"""STUN and TURN servers: where peers learn the addresses that others see of them, and by whom they are relayed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Final

import attrs

from voiceflow.errors import GraphError

GOOD_FOR: Final = 86_400
"""Seconds for which what a peer is told is good: longer than calls last."""

_URL: Final = re.compile(r"stun:[^\s@?/:]+(:\d{1,5})?|turns?:[^\s@?/:]+(:\d{1,5})?(\?transport=(udp|tcp))?")
"""RFC 7064 and 7065, names and IPv4 addresses alone; neither has a place for a user or a password."""


def _an_address(owner: object, field: attrs.Attribute[str], value: str) -> None:
    if not _URL.fullmatch(value):
        raise GraphError(
            "a server for WebRTC is stun:HOST:PORT, turn:HOST:PORT or turns:HOST:PORT, the last two with "
            "?transport=udp or tcp if wanted; a relay's credentials are given apart, never in its address"
        )


@attrs.frozen
class IceServer:
    """A STUN or TURN server, such as stun:example.com:3478.

    A TURN server wants a `user` and a `password`; or the `secret` that it shares with us, with which each peer is given
    a user and a password of its own that are good for a day (what coturn calls use-auth-secret).

    Raises:
        GraphError: the URL is none, or TURN's credentials are missing.
    """

    url: str = attrs.field(validator=_an_address)
    user: str = attrs.field(default="", repr=False, kw_only=True)
    password: str = attrs.field(default="", repr=False, kw_only=True)
    secret: str = attrs.field(default="", repr=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if self.relays and not (self.secret or (self.user and self.password)):
            raise GraphError(f"{self.url} wants credentials: a secret that it shares with us, or a user and a password")

    @property
    def relays(self) -> bool:
        """Whether it is a TURN server."""
        return self.url.startswith("turn")

    def told(self, now: float) -> dict[str, str]:
        """What a peer is told at `now` (seconds of the Unix epoch): an `RTCIceServer` of the W3C's."""
        if not self.relays:
            return {"urls": self.url}
        user = str(int(now) + GOOD_FOR) if self.secret else self.user
        return {"urls": self.url, "username": user, "credential": self._signed(user) if self.secret else self.password}

    def _signed(self, user: str) -> str:
        """Of draft-uberti-behave-turn-rest-00: SHA-1 is what TURN servers check."""
        return base64.b64encode(hmac.new(self.secret.encode(), user.encode(), hashlib.sha1).digest()).decode()
