"""The body of a request: of so many bytes, which come within so many seconds."""

from __future__ import annotations

from contextlib import aclosing

import trio
from starlette.requests import Request


class BadBody(Exception):
    """A body that is not waited for, or not kept. `status` is that of the answer, `code` says it in a word."""

    def __init__(self, status: int, code: str, why: str) -> None:
        super().__init__(why)
        self.status, self.code = status, code


async def body_of(request: Request, most: int, within: float) -> bytes:
    """All of it.

    Raises:
        BadBody: it has more than `most` bytes, or takes longer than `within` seconds, however often some of it comes.
    """
    found = bytearray()
    with trio.move_on_after(within) as scope:
        async with aclosing(request.stream()) as stream:
            async for chunk in stream:
                found += chunk
                if len(found) > most:
                    raise BadBody(413, "too_large", f"a body has at most {most} bytes")
    if scope.cancelled_caught:
        raise BadBody(408, "too_slow", f"a body has {within:g} s to come")
    return bytes(found)
