"""Who may come in: by the host that was asked for, the page that asks, and a token."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

import attrs

from voiceflow.serve.tokens import Tokens, place

Verdict = Literal["in", "no token", "foreign"]


def is_loopback(host: str) -> bool:
    """Whether a name or an address is this machine alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@attrs.frozen(kw_only=True)
class Gate:
    """Looks at a request before anything else does.

    A browser says which page a request comes from: that must be our own, or one of `origins`. A name that leads to
    this machine may be anybody's, so that a server that is for this machine alone (`tokens` None) answers only to
    names that are known to be its own, and those of `origins`. With `tokens` one is demanded.
    """

    origins: tuple[str, ...] = ()
    tokens: Tokens | None = None

    def look(self, headers: Mapping[str, str], token: str, now: float, *, room: str = "") -> Verdict:
        """Whether a request may come in at `now` (seconds of the Unix epoch), into a `room` if it names one."""
        host = headers.get("host", "").lower()
        if self.tokens is None and not self._own(host):
            return "foreign"
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in self.origins and urlsplit(origin.lower()).netloc != host:
            return "foreign"
        if self.tokens is not None and not self.tokens.good(token or _bearer(headers), now, room=room):
            return "no token"
        return "in"

    def place(self, headers: Mapping[str, str], token: str) -> tuple[str, str]:
        """The room, and the name in it, that the token of a request is for which may come in; "" for any."""
        return ("", "") if self.tokens is None else place(token or _bearer(headers))

    def _own(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return is_loopback(name) or any(urlsplit(origin).netloc == host for origin in self.origins)


def _bearer(headers: Mapping[str, str]) -> str:
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
