"""A model's structured answer, read as it is written: what it says goes on at once, what it found out at the end.

    {"response_to_user": "For how many?", "extracted_values": {"day": "2030-05-01", "guests": null}}

A model that was not held to that, and answers in plain text, has said that text and found out nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import attrs

from voiceflow.machines.json_fields import as_object
from voiceflow.machines.json_stream import JsonStream, JsonValue, Malformed, StringPiece

RESPONSE: Final = "response_to_user"
VALUES: Final = "extracted_values"

_FENCE: Final = "`"


@attrs.frozen
class Found:
    """What came of an answer: whether anything was `said`, the `values`, and why there are none, if that is a fault.

    `problem` quotes nothing of what was written.
    """

    said: bool = False
    values: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=lambda values: f"<{', '.join(values)}>")
    problem: str = ""


@attrs.define
class AnswerStream:
    """Reads one answer, cut into texts of any length."""

    _json: JsonStream = attrs.field(factory=JsonStream, init=False)
    _mode: Literal["begin", "fence", "json", "plain"] = attrs.field(default="begin", init=False)
    _said: bool = attrs.field(default=False, init=False)
    _values: Mapping[str, Any] | None = attrs.field(default=None, init=False)
    _problem: str = attrs.field(default="", init=False)

    def push(self, text: str) -> str:
        """What is to be said because of this text. Never raises."""
        if self._mode == "fence":  # ```json, up to the end of the line
            _, newline, text = text.partition("\n")
            if not newline:
                return ""
            self._mode = "begin"
        if self._mode == "begin":
            text = text.lstrip()
            if not text:
                return ""
            if text[0] == _FENCE:
                self._mode = "fence"
                return self.push(text)
            self._mode = "json" if text[0] == "{" else "plain"
        return self._say(text if self._mode == "plain" else self._read(text))

    def end(self) -> tuple[str, Found]:
        """What is still to be said, and what came of it. Never raises."""
        rest = self._say(self._look(self._json.end())) if self._mode == "json" else ""
        return rest, Found(self._said, self._values or {}, self._fault())

    def _read(self, text: str) -> str:
        if self._json.over:  # what stands behind it is the end of a fence, or a model that goes on and on
            return ""
        return self._look(self._json.push(text))

    def _say(self, text: str) -> str:
        self._said = self._said or bool(text.strip())
        return text

    def _look(self, events: list[StringPiece | JsonValue | Malformed]) -> str:
        said: list[str] = []
        for event in events:
            match event:
                case StringPiece((name,), text) if name == RESPONSE:
                    said.append(text)
                case JsonValue((name,), value) if name == VALUES:
                    self._values = as_object(value)
                    self._problem = "" if self._values is not None else f"expected {VALUES} as an object, got another"
                case Malformed(at, expected) if not self._complete:
                    self._problem = f"expected {expected} at character {at}, got something else"
                case _:
                    pass
        return "".join(said)

    @property
    def _complete(self) -> bool:
        """Whether all that is needed of the document is here, whatever is wrong behind it."""
        return self._values is not None

    def _fault(self) -> str:
        if self._problem or self._mode == "json":
            return self._problem or ("" if self._values is not None else f"expected {VALUES}, got an object without")
        return "expected a JSON object, got plain text" if self._mode == "plain" else "expected an answer, got nothing"
