"""The Python packages that voiceflow asks for, by its own metadata, and which of them are here. None is imported."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata

import attrs

_REQUIREMENT = re.compile(
    r"""(?P<name>[A-Za-z0-9._-]+) \s* (?:\[[^\]]*\])? \s* \(?(?P<versions>[^;)]*)\)? \s*
        (?:; .* extra \s* == \s* ['"](?P<extra>[^'"]+)['"] .*)? $""",
    re.VERBOSE,
)


@attrs.frozen
class Package:
    """A package that is asked for by the extra named (""  for always): `found` is the version that is here, or None."""

    name: str
    wanted: str
    extra: str
    found: str | None

    @property
    def fits(self) -> bool:
        return self.found is not None and _release(self.found) >= _least(self.wanted)

    @property
    def requirement(self) -> str:
        return f"{self.name}{self.wanted}"


def packages(distribution: str = "voiceflow") -> Iterator[Package]:
    """What `distribution` asks for, the packages of its test and development extras left out.

    Raises:
        PackageNotFoundError: it is not installed.
    """
    for requirement in metadata.requires(distribution) or []:
        match = _REQUIREMENT.match(requirement)
        if match and match["extra"] not in ("test", "dev"):
            name = match["name"]
            yield Package(name, match["versions"].strip(), match["extra"] or "", version(name))


def version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _least(wanted: str) -> tuple[int, ...]:
    """The lower bound, which is all that voiceflow states."""
    match = re.search(r">=\s*([\w.]+)", wanted)
    return _release(match[1]) if match else ()


def _release(text: str) -> tuple[int, ...]:
    """The numbers that a version begins with, its closing zeros left out: 1.10.0rc1 -> (1, 10)."""
    match = re.match(r"\d+(?:\.\d+)*", text)
    numbers = [int(part) for part in match[0].split(".")] if match else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)
