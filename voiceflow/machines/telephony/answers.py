"""What a provider is told when a call comes in: to open a stream to us, in each provider's own document."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final
from xml.sax.saxutils import escape, quoteattr

import attrs

XML: Final = "application/xml"
JSON: Final = "application/json"


@attrs.frozen
class Answer:
    """A document, and its media type. Not shown: there is a token in it."""

    kind: str
    body: str = attrs.field(repr=False)


@attrs.frozen(kw_only=True)
class Asked:
    """A call that came in, by the words of all providers: its name there, who calls, and who is called."""

    call: str = ""
    caller: str = attrs.field(default="", repr=False)
    callee: str = attrs.field(default="", repr=False)

    def parameters(self) -> dict[str, str]:
        """What the stream is to bring along, where the provider does not by itself."""
        known = {"uuid": self.call, "from": self.caller, "to": self.callee}
        return {name: value for name, value in known.items() if value}


_NAMES: Final = {
    "call": ("CallSid", "CallUUID", "uuid"),
    "caller": ("From", "CallFrom", "from"),
    "callee": ("To", "CallTo", "to"),
}


def asked(fields: Mapping[str, str]) -> Asked:
    """What the fields of a webhook tell, whoever the provider is."""
    found = {ours: next((fields[name] for name in names if name in fields), "") for ours, names in _NAMES.items()}
    return Asked(**found)


def _xml(*lines: str) -> Answer:
    return Answer(XML, "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *lines, ""]))


def _twilio(url: str, token: str, call: Asked) -> Answer:
    # Twilio takes no query in a stream's URL: what is to come along are its parameters.
    given = {**call.parameters(), **({"token": token} if token else {})}
    parameters = "".join(f"<Parameter name={quoteattr(n)} value={quoteattr(v)}/>" for n, v in given.items())
    return _xml(f"<Response><Connect><Stream url={quoteattr(url)}>{parameters}</Stream></Connect></Response>")


def _telnyx(url: str, token: str, call: Asked) -> Answer:
    stream = (
        f'<Stream url={quoteattr(_with(url, token))} bidirectionalMode="rtp" bidirectionalCodec="PCMU" codec="PCMU"/>'
    )
    return _xml(f"<Response><Connect>{stream}</Connect></Response>")


def _plivo(url: str, token: str, call: Asked) -> Answer:
    headers = quoteattr(",".join(f"{name}={_plain(value)}" for name, value in call.parameters().items()))
    settings = f'bidirectional="true" keepCallAlive="true" contentType="audio/x-mulaw;rate=8000" extraHeaders={headers}'
    return _xml(f"<Response><Stream {settings}>{escape(_with(url, token))}</Stream></Response>")


def _exotel(url: str, token: str, call: Asked) -> Answer:
    return Answer(JSON, json.dumps({"url": _with(url, token)}))


def _vonage(url: str, token: str, call: Asked) -> Answer:
    endpoint = {
        "type": "websocket",
        "uri": _with(url, token),
        "content-type": "audio/l16;rate=16000",
        "headers": call.parameters(),
    }
    return Answer(JSON, json.dumps([{"action": "connect", "endpoint": [endpoint]}]))


def _with(url: str, token: str) -> str:
    return f"{url}?token={token}" if token else url


def _plain(value: str) -> str:
    """A header's value has letters and digits alone at Plivo."""
    return "".join(letter for letter in value if letter.isascii() and letter.isalnum())


ANSWERS: Final[Mapping[str, Callable[[str, str, Asked], Answer]]] = {
    "twilio": _twilio,
    "telnyx": _telnyx,
    "plivo": _plivo,
    "exotel": _exotel,
    "vonage": _vonage,
}
"""By provider: the answer that opens a stream to `url`, which has to bring `token` along."""


def dial(provider: str, number: str) -> str:
    """The document that passes a call on to a number, where that is a document."""
    inner = f"<Number>{escape(number)}</Number>" if provider == "plivo" else escape(number)
    return f"<Response><Dial>{inner}</Dial></Response>"
