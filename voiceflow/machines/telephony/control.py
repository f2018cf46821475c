"""What a program asks of a provider about a call under way: to end it, or to pass it on. Requests, and no network."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal
from urllib.parse import quote

import attrs
from attrs import validators as are

from voiceflow.errors import GraphError
from voiceflow.machines.telephony.answers import dial
from voiceflow.machines.telephony.messages import Start

_NUMBER: Final = re.compile(r"\+?[0-9]{2,20}", re.ASCII)


@attrs.frozen
class Account:
    """What a provider knows us by: `user` and `secret` for basic authentication, or a `secret` that is a bearer token.

    `base` is the root of its REST interface.
    """

    base: str
    user: str = attrs.field(default="", repr=False)
    secret: str = attrs.field(default="", repr=False, validator=are.min_len(1))


@attrs.frozen
class Ask:
    """One request. `form` and `json` are its body, in one way or the other; they hold numbers, and are not shown."""

    method: Literal["POST", "PUT", "DELETE"]
    path: str
    form: Mapping[str, str] | None = attrs.field(default=None, repr=False)
    json: Mapping[str, object] | None = attrs.field(default=None, repr=False)


BASES: Final[Mapping[str, str]] = {
    "twilio": "https://api.twilio.com",
    "telnyx": "https://api.telnyx.com",
    "plivo": "https://api.plivo.com",
    "vonage": "https://api.nexmo.com",
}
"""Providers that can be asked; Exotel has no such interface for a stream's call."""


def check_number(number: str) -> None:
    """See that this is a telephone number, and nothing that a document would read otherwise.

    Raises:
        ValueError: it is not.
    """
    if not _NUMBER.fullmatch(number):
        raise ValueError("a number has 2 to 20 digits, and perhaps a + in front")


def hanging_up(provider: str, start: Start) -> Ask:
    """The request that ends a call.

    Raises:
        GraphError: this provider has none.
    """
    match provider:
        case "twilio":
            return Ask("POST", _twilio(start), form={"Status": "completed"})
        case "telnyx":
            return Ask("POST", f"/v2/calls/{_part(start.call)}/actions/hangup", json={})
        case "plivo":
            return Ask("DELETE", _plivo(start))
        case "vonage":
            return Ask("PUT", f"/v1/calls/{_part(start.call)}", json={"action": "hangup"})
        case _:
            raise _unable(provider)


def passing_on(provider: str, start: Start, number: str, document: str = "") -> Ask:
    """The request that passes a call on to a number. Plivo fetches what to do from a URL, `document`.

    Raises:
        GraphError: this provider has none.
        ValueError: the number is none.
    """
    check_number(number)
    match provider:
        case "twilio":
            return Ask("POST", _twilio(start), form={"Twiml": dial(provider, number)})
        case "telnyx":
            return Ask("POST", f"/v2/calls/{_part(start.call)}/actions/transfer", json={"to": number})
        case "plivo":
            return Ask("POST", _plivo(start), json={"legs": "aleg", "aleg_url": document, "aleg_method": "GET"})
        case "vonage":
            connect = {"action": "connect", "endpoint": [{"type": "phone", "number": number.lstrip("+")}]}
            where = {"type": "ncco", "ncco": [connect]}
            return Ask("PUT", f"/v1/calls/{_part(start.call)}", json={"action": "transfer", "destination": where})
        case _:
            raise _unable(provider)


def _twilio(start: Start) -> str:
    return f"/2010-04-01/Accounts/{_part(start.account)}/Calls/{_part(start.call)}.json"


def _plivo(start: Start) -> str:
    return f"/v1/Account/{_part(start.account)}/Call/{_part(start.call)}/"


def _part(name: str) -> str:
    """A name as one part of a path, whatever the far end called itself."""
    if not name or name in (".", ".."):
        raise GraphError("the stream did not say which call it is; the provider cannot be asked about it")
    return quote(name, safe="")


def _unable(provider: str) -> GraphError:
    return GraphError(f"{provider} cannot be asked to do this by a program; end the call, and let its own flow go on")
