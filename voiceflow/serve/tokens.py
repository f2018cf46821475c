"""Tokens that let somebody in for a while: an instant, something random, and an HMAC over both."""

from __future__ import annotations

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


@attrs.frozen
class Tokens:
    """Makes tokens with a secret, and knows its own. A token is text that a URL can hold.

    Raises:
        GraphError: the secret is too short.
    """

    secret: str = attrs.field(repr=False, validator=_long)

    def make(self, until: float) -> str:
        """A token that is good until an instant (seconds of the Unix epoch)."""
        head = f"{round(until)}.{secrets.token_urlsafe(9)}"
        return f"{head}.{self._sign(head)}"

    def good(self, token: str, now: float) -> bool:
        """Whether a token is one of ours, and not over."""
        head, _, signature = token.rpartition(".")
        until = head.partition(".")[0]
        if not hmac.compare_digest(signature.encode(), self._sign(head).encode()):
            return False
        return until.isascii() and until.isdigit() and now <= int(until)

    def _sign(self, head: str) -> str:
        return hmac.new(self.secret.encode(), f"voiceflow.1:{head}".encode(), hashlib.sha256).hexdigest()
