"""A plain download over HTTP that goes on where it was cut."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from pathlib import Path

from voiceflow.models._errors import FetchFailed
from voiceflow.models._model import Download
from voiceflow.models._progress import Tell

_BLOCK = 1 << 16  # bytes: what is at most lost of a cut download
_SILENCE = 30.0  # seconds without a byte after which a connection counts as cut
_LATER = frozenset({408, 425, 429, 500, 502, 503, 504})


class _Cut(Exception):
    """The network ended an attempt; the message says how."""


def download(source: Download, size: int, part: Path, tell: Tell) -> None:
    """Fills `part` up to `size` bytes, from where it ends; `tell` hears how many bytes are there.

    A cut connection is resumed for as long as each attempt brings bytes. What the bytes are is not checked.

    Raises:
        FetchFailed: the server refused, was not reached, brought nothing more, or more than `size`. The part
            is kept, unless it cannot be the beginning of the file.
        OSError: the part cannot be written.
    """
    part.touch()
    restarted = False
    while (have := part.stat().st_size) < size:
        try:
            _attempt(source, size, part, tell)
            how = "the connection ended"
        except _Cut as cut:
            how = str(cut)
        now = part.stat().st_size
        if now == 0 and have and not restarted:  # what was there is of no use to this server: once from nothing
            restarted = True
        elif now <= have:
            raise FetchFailed(
                f"{source} was cut after {now} of {size} bytes ({how}). They are kept: fetch again to go on.",
                retryable=True,
            )
    if have > size:
        part.unlink()
        raise FetchFailed(f"{source} holds more than the {size} bytes expected; it was not kept.", retryable=False)


def _attempt(source: Download, size: int, part: Path, tell: Tell) -> None:
    """Appends what one request brings."""
    have = part.stat().st_size
    try:
        response = _open(source, have)
    except urllib.error.HTTPError as error:
        with error:
            code = error.code
        if code == 416 and have:
            part.write_bytes(b"")
            raise _Cut("the server has no such range") from None
        raise _refusal(source, code) from None
    with response:
        _append(response, have, size, part, tell)


def _open(source: Download, have: int) -> http.client.HTTPResponse:
    headers = {"User-Agent": "voiceflow", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(source.url, headers=headers)
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=_SILENCE)
    except urllib.error.HTTPError:
        raise
    except (http.client.HTTPException, OSError) as error:
        raise _Cut(_reason(error)) from error
    return response


def _append(response: http.client.HTTPResponse, have: int, size: int, part: Path, tell: Tell) -> None:
    partial = response.status == 206
    resumed = partial and response.headers.get("Content-Range", "").startswith(f"bytes {have}-")
    if partial and not resumed:
        part.write_bytes(b"")
        raise _Cut("the server went on at another place")
    done = have if resumed else 0
    with part.open("ab" if resumed else "wb") as file:
        # One byte more than expected is asked for, to see a file that is too long.
        while done <= size and (block := _read(response, min(_BLOCK, size + 1 - done))):
            file.write(block)
            done += len(block)
            tell(min(done, size))


def _read(response: http.client.HTTPResponse, most: int) -> bytes:
    try:
        return response.read1(most)
    except (http.client.HTTPException, OSError) as error:
        raise _Cut(_reason(error)) from error


def _refusal(source: Download, code: int) -> FetchFailed:
    if code in _LATER:
        return FetchFailed(f"{source} answered {code}: the server is busy. Fetch again later.", retryable=True)
    what = "there is no such file" if code in (404, 410) else "it refuses this request"
    return FetchFailed(
        f"{source} answered {code}: {what}. Put the model's files in a folder named in $VOICEFLOW_MODELS instead.",
        retryable=False,
    )


def _reason(error: Exception) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    return f"{type(reason).__name__}: {reason}" if isinstance(reason, Exception) else str(reason)
