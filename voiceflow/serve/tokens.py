"""Tokens that let somebody in for a while: an instant, something random, and an HMAC over both."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

import attrs

from voiceflow.errors import GraphError

_LEAST = 16
"""Characters of a secret that is not guessed."""


def _long(owner: object, field: attrs.Attribute[str], value: str) -> None:
    if len(value) < _LEAST:
        raise GraphError(f"a secret for tokens has at least {_LEAST} characters; got {len(value)}")


def place(token: str) -> tuple[str, str]:
    """The room, and the name in it, that a good token is for; "" for any."""
    parts = token.split(".")
    return (_unpacked(parts[2]), _unpacked(parts[3])) if len(parts) == 5 else ("", "")


def _packed(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _unpacked(text: str) -> str:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


@attrs.frozen
class Tokens:
    """Makes tokens with a secret, and knows its own. A token is text that a URL can hold.

    Raises:
        GraphError: the secret is too short.
    """

    secret: str = attrs.field(repr=False, validator=_long)

    def make(self, until: float, *, room: str = "", name: str = "") -> str:
        """A token that is good until an instant (seconds of the Unix epoch).

        One with a `room` is good for that room alone, where its bearer has this `name`.
        """
        seat = f".{_packed(room)}.{_packed(name)}" if room else ""
        head = f"{round(until)}.{secrets.token_urlsafe(9)}{seat}"
        return f"{head}.{self._sign(head)}"

    def good(self, token: str, now: float, *, room: str = "") -> bool:
        """Whether a token is one of ours, not over, and for everything, or for this room."""
        head, _, signature = token.rpartition(".")
        until = head.partition(".")[0]
        if not hmac.compare_digest(signature.encode(), self._sign(head).encode()):
            return False
        return until.isascii() and until.isdigit() and now <= int(until) and place(token)[0] in ("", room)

    def _sign(self, head: str) -> str:
        return hmac.new(self.secret.encode(), f"voiceflow.1:{head}".encode(), hashlib.sha256).hexdigest()
