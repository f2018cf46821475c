"""Server-sent events out of bytes that come in pieces of any size.

The rules are those of "9.2.6 Interpreting an event stream" of the HTML Standard: UTF-8 with replacement, one
leading byte order mark dropped, lines that end in LF, CR or CR LF, an event at each blank line, and an event that
is not closed by one dropped.
"""

from __future__ import annotations

import codecs
import re

import attrs

_LINE_END = re.compile(r"\r\n|\n|\r")


class EventTooLong(ValueError):
    """A line or an event is longer than any that a server sends in earnest."""


@attrs.frozen
class ServerSentEvent:
    """One event: its `data` lines joined by newlines, its type, and the last id that was seen (sticky)."""

    data: str
    event: str = "message"
    id: str = ""


def _decoder() -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder("utf-8")("replace")


@attrs.define
class ServerSentEvents:
    """Reads one stream: `push` bytes as they come, take the events that they complete.

    `limit` bounds, in characters, what an unfinished event may hold.
    """

    limit: int = 1 << 20
    retry: int | None = attrs.field(default=None, init=False)
    """Milliseconds after which the server wants a client to reconnect, if it said so."""
    _decoder: codecs.IncrementalDecoder = attrs.field(factory=_decoder, init=False, repr=False)
    _text: str = attrs.field(default="", init=False, repr=False)
    _first: bool = attrs.field(default=True, init=False)
    _after_cr: bool = attrs.field(default=False, init=False)
    _data: list[str] = attrs.field(factory=list[str], init=False, repr=False)
    _held: int = attrs.field(default=0, init=False)
    _event: str = attrs.field(default="", init=False)
    _id: str = attrs.field(default="", init=False)

    @property
    def pending(self) -> bool:
        """Whether something was begun and not closed; at the end of a stream it means that the stream was cut."""
        return bool(self._text or self._data or self._decoder.getstate()[0])

    def push(self, data: bytes) -> list[ServerSentEvent]:
        """The events that `data` completes.

        Raises:
            EventTooLong: more than `limit` characters came without the end of an event.
        """
        text = self._decoder.decode(data)
        if self._first and text:
            self._first, text = False, text.removeprefix("\ufeff")
        if self._after_cr and text:
            self._after_cr, text = False, text.removeprefix("\n")
        self._text += text
        events = [event for line in self._lines() if (event := self._take(line))]
        if self._held + len(self._text) > self.limit:
            raise EventTooLong(f"an event of more than {self.limit} characters")
        return events

    def _lines(self) -> list[str]:
        lines = _LINE_END.split(self._text)
        # A CR at the very end is the end of a line already; if an LF follows, it belongs to it.
        self._after_cr = self._after_cr or self._text.endswith("\r")
        self._text = lines.pop()
        return lines

    def _take(self, line: str) -> ServerSentEvent | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(":")
        self._field(name, value.removeprefix(" "))
        return None

    def _field(self, name: str, value: str) -> None:
        if name == "data":
            self._data.append(value)
            self._held += len(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self.retry = int(value)

    def _dispatch(self) -> ServerSentEvent | None:
        data, event = self._data, self._event or "message"
        self._data, self._event, self._held = [], "", 0
        return ServerSentEvent("\n".join(data), event, self._id) if data else None
