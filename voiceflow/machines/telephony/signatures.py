"""How a provider shows that a webhook is its own: a keyed hash over the URL that it asked for and what it posted."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable


def twilio_signature(token: str, url: str, fields: Iterable[tuple[str, str]] = ()) -> str:
    """What stands in X-Twilio-Signature of a request: base64 of HMAC-SHA1 with the account's auth token.

    `url` is the one that Twilio was given, with its query; `fields` are those of a posted form, in any order.

    Source: twilio.com/docs/usage/security.
    """
    text = url + "".join(name + value for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode("ascii")


def twilio_signed(signature: str, token: str, url: str, fields: Iterable[tuple[str, str]] = ()) -> bool:
    """Whether a request was signed so, found out in a time that does not tell where a wrong one differs."""
    return hmac.compare_digest(twilio_signature(token, url, fields).encode(), signature.encode())
