"""Messages that another program wrote, of which nothing is certain: they are read, or told to be wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

import attrs

from voiceflow.errors import ProviderError
from voiceflow.items import Image


@attrs.frozen
class Foreign:
    """A JSON value that stands `at` a place of a document.

    `document` is what that is, and `wanted` what it should be, for errors, which quote nothing of it.
    """

    value: object = attrs.field(repr=False)
    at: str
    document: str
    wanted: str

    def wrong(self, expected: str) -> ProviderError:
        return ProviderError(
            f"{self.document}, {self.at}: expected {expected}, got something else. Give {self.wanted}.",
            retryable=False,
        )

    def __getitem__(self, name: str) -> Foreign:
        """The member of this name; null where there is none. Raises `ProviderError` if it is no object."""
        return attrs.evolve(self, value=self.fields.get(name), at=f"{self.at}.{name}")

    @property
    def fields(self) -> Mapping[str, Any]:
        """The value, if it is an object. Raises `ProviderError`."""
        value = self.value
        if not isinstance(value, dict):
            raise self.wrong("an object")
        return cast(Mapping[str, Any], value)

    @property
    def text(self) -> str:
        """The value, if it is a text. Raises `ProviderError`."""
        if not isinstance(self.value, str):
            raise self.wrong("a text")
        return self.value

    def each(self, expected: str) -> Sequence[Foreign]:
        """The values of the list. Raises `ProviderError` if it is none, and not what was `expected`."""
        value = self.value
        if not isinstance(value, list):
            raise self.wrong(expected)
        values = cast(list[object], value)
        return [attrs.evolve(self, value=each, at=f"{self.at}[{place}]") for place, each in enumerate(values)]

    def image(self, source: str, detail: Any = "auto") -> Image:
        """A picture that stands here. Raises `ProviderError` if it is none."""
        try:
            return Image(source, detail)
        except ValueError as error:
            raise self.wrong(f"an image ({error})") from None

    def json(self) -> str:
        """The value as JSON. Raises `ProviderError` if it is nothing that JSON could say."""
        try:
            return json.dumps(self.value)
        except (TypeError, ValueError, RecursionError):
            raise self.wrong("what JSON can say, and not too deep") from None
