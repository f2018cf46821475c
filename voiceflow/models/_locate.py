"""Where a model is on this machine: one order of places for all models."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import attrs

from voiceflow.models._catalogue import CATALOGUE
from voiceflow.models._errors import MissingModel, UnknownModel
from voiceflow.models._model import Carrier, Model

VARIABLE = "VOICEFLOW_MODELS"


@attrs.frozen
class Found:
    """A model that is there: `path` is its file, or its folder when it has several; `place` says how it was found.

    `place` is "path", "$VOICEFLOW_MODELS", "package NAME VERSION" or "cache".
    """

    model: Model
    path: Path
    place: str


@attrs.frozen
class _Look:
    """One place looked at and what was the matter there; nothing (""): then `at` is the model, else the place."""

    place: str
    at: Path | None
    matter: str

    def __str__(self) -> str:
        where = f"{self.place} {self.at}" if self.at else self.place
        return f"{where}: {self.matter}"


def known(model: str | Model) -> Model:
    """The catalogue's model of that name; a `Model` is returned as it is.

    Raises:
        UnknownModel: the catalogue has none of that name.
    """
    if isinstance(model, Model):
        return model
    from difflib import get_close_matches

    names = [entry.name for entry in CATALOGUE]
    if model in names:
        return CATALOGUE[names.index(model)]
    close = get_close_matches(model, names, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    raise UnknownModel(f"no model is named {model!r}{hint} Known models: {', '.join(names)}")


def locate(model: str | Model, path: str | os.PathLike[str] | None = None) -> Path:
    """The model's file, or its folder when it has several files; nothing is loaded, imported or fetched.

    With `path` (a file, or a folder that holds the files) only that is looked at. Otherwise, in this order: the
    folders in $VOICEFLOW_MODELS, installed packages that carry the model, and the cache.

    Raises:
        MissingModel: it is in none of them; the message ends with the command that gets it.
        UnknownModel: the catalogue has no such name.
    """
    return find(model, path).path


def find(model: str | Model, path: str | os.PathLike[str] | None = None) -> Found:
    """Like `locate`, and says how the model was found."""
    model = known(model)
    looks: list[_Look] = []
    for look in _everywhere(model) if path is None else _given(model, Path(path).expanduser()):
        if look.at is not None and not look.matter:
            return Found(model, look.at, look.place)
        looks.append(look)
    raise MissingModel(_report(model, looks), model=model.name, mend=model.mend)


def cache_folder(model: str | Model) -> Path:
    """Where `fetch` keeps this version of the model: $XDG_CACHE_HOME (or ~/.cache)/voiceflow/models/NAME/VERSION."""
    model = known(model)
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():  # a relative one is to be ignored: XDG Base Directory Specification
        base = Path.home() / ".cache"
    return base / "voiceflow" / "models" / model.name / model.version


def _given(model: Model, path: Path) -> Iterator[_Look]:
    if not path.is_file():
        yield _look("path", model, path)
    elif len(model.files) > 1:
        yield _Look("path", path, "is a file; the folder that holds the model's files is wanted")
    else:  # the user's own file may have any name
        yield _Look("path", path, "" if path.stat().st_size else "is empty")


def _everywhere(model: Model) -> Iterator[_Look]:
    yield from _in_variable(model)
    for carrier in model.carriers:
        yield _in_package(model, carrier)
    yield _look("cache", model, cache_folder(model), exact=True)


def _in_variable(model: Model) -> Iterator[_Look]:
    roots = [Path(root).expanduser() for root in os.environ.get(VARIABLE, "").split(os.pathsep) if root]
    if not roots:
        yield _Look(f"${VARIABLE}", None, "not set")
    for root in roots:
        # The cache's own layout first, so that a copy of the cache can be named as it is.
        folders = (root / model.name / model.version, root / model.name, root)
        looks = [_look(f"${VARIABLE}", model, folder) for folder in folders]
        yield from [look for look in looks if not look.matter][:1] or _none(looks)


def _none(looks: list[_Look]) -> list[_Look]:
    there = [look for look in looks if look.at is not None and look.at.is_dir()]
    return there[:1] or looks[-1:]


def _in_package(model: Model, carrier: Carrier) -> _Look:
    from importlib import metadata  # slow to import, and the first two places may do

    place = f"package {carrier.distribution}"
    try:
        distribution = metadata.distribution(carrier.distribution)
    except metadata.PackageNotFoundError:
        return _Look(place, None, "not installed")
    folder = Path(str(distribution.locate_file(carrier.folder)))
    if not folder.is_dir():
        folder = _by_spec(carrier) or folder
    return _look(f"{place} {distribution.version}", model, folder)


def _by_spec(carrier: Carrier) -> Path | None:
    from importlib.util import find_spec

    # An editable install lies elsewhere. Finding the spec of a top-level package does not import it.
    package, _, below = carrier.folder.partition("/")
    spec = find_spec(package)
    roots = spec.submodule_search_locations if spec else None
    return Path(roots[0]) / below if roots else None


def _look(place: str, model: Model, folder: Path, exact: bool = False) -> _Look:
    matter = _matter(model, folder, exact)
    only = len(model.files) == 1
    return _Look(place, folder / model.files[0].name if only and not matter else folder, matter)


def _matter(model: Model, folder: Path, exact: bool) -> str:
    """What keeps the folder from being the model; "" when nothing does.

    Only the cache is held to the catalogue's sizes: what a user or a package supplies may be another version.
    """
    if not folder.is_dir():
        return "no such folder" if not folder.exists() else "is no folder"
    lacking = [file.name for file in model.files if not (folder / file.name).is_file()]
    if lacking:
        return f"lacks {_names(lacking)}"
    sizes = {file: (folder / file.name).stat().st_size for file in model.files}
    wrong = [file for file, size in sizes.items() if (size != file.size if exact else not size)]
    return f"{wrong[0].name} has {sizes[wrong[0]]} bytes, not {wrong[0].size}" if wrong else ""


def _names(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _report(model: Model, looks: list[_Look]) -> str:
    wanted = _names([file.name for file in model.files])
    lines = [f"model {model.name} ({model.kind}) was not found. Looked for {wanted} in"]
    lines += [f"  {look}" for look in looks]
    given = looks[0].place == "path"
    lines += ["Give the path that has it, or none, so that it is looked for" if given else f"Get it with: {model.mend}"]
    return "\n".join(lines)
