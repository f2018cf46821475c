"""What a docstring says of a function and of its parameters, in the styles of Google, NumPy and reST.

Sources: the Google Python Style Guide, section 3.8; numpydoc's style guide; Sphinx's field lists.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable

import attrs

_REST = re.compile(r"^:(?P<kind>\w+)(?:\s+(?P<what>[^:]*))?:\s*(?P<text>.*)$")
_GOOGLE = re.compile(
    r"^(?P<head>Args|Arguments|Parameters|Params|Keyword Args|Keyword Arguments|[A-Z]\w+(?: \w+)?):\s*$"
)
_GOOGLE_ENTRY = re.compile(r"^\*{0,2}(?P<name>\w+)\s*(?:\([^)]*\))?\s*:\s*(?P<text>.*)$")
_NUMPY_ENTRY = re.compile(r"^\*{0,2}(?P<names>\w+(?:\s*,\s*\*{0,2}\w+)*)\s*(?::.*)?$")
_PARAMETERS = {"args", "arguments", "parameters", "params", "keyword args", "keyword arguments", "other parameters"}
_SECTIONS = _PARAMETERS | {
    *("returns", "return", "yields", "raises", "example", "examples", "note", "notes", "see also", "references"),
    *("attributes", "warns", "warning", "warnings", "todo"),
}


@attrs.frozen
class Docstring:
    """What is said of the function, before any section, and of each of its parameters."""

    text: str = ""
    parameters: dict[str, str] = attrs.field(factory=dict[str, str])


def parsed(docstring: str | None) -> Docstring:
    """A docstring in any of the three styles, also mixed. What is in none of them is text."""
    lines = inspect.cleandoc(docstring or "").splitlines()
    text: list[str] = []
    parameters: dict[str, str] = {}
    at = 0
    while at < len(lines):
        rest, section, numpy = _section(lines, at)
        if section:
            end = _end(lines, rest, numpy)
            if section in _PARAMETERS:
                parameters |= (_numpy if numpy else _google)(lines[rest:end])
            at = end
        elif (field := _REST.match(lines[at])) is not None:
            at = _rest(lines, at, field, parameters)
        else:
            text.append(lines[at])
            at += 1
    return Docstring("\n".join(text).strip(), {name: told for name, told in parameters.items() if told})


def _section(lines: list[str], at: int) -> tuple[int, str, bool]:
    """Where the body of the section that begins here does, its name in small letters, and whether it is NumPy's."""
    underlined = at + 1 < len(lines) and re.fullmatch(r"-{3,}", lines[at + 1].strip())
    if underlined and lines[at].strip().lower() in _SECTIONS:
        return at + 2, lines[at].strip().lower(), True
    head = _GOOGLE.match(lines[at])
    name = head["head"].lower() if head else ""
    follows = next((line for line in lines[at + 1 :] if line.strip()), "")
    return (at + 1, name, False) if name in _SECTIONS and follows.startswith(" ") else (at, "", False)


def _end(lines: list[str], start: int, numpy: bool) -> int:
    """Google's ends where a line is not indented, NumPy's where another section begins."""
    for at in range(start, len(lines)):
        if numpy and _section(lines, at)[1]:
            return at
        if not numpy and lines[at].strip() and not lines[at].startswith(" "):
            return at
    return len(lines)


def _google(lines: list[str]) -> dict[str, str]:
    return _entries(inspect.cleandoc("\n".join(["", *lines])).splitlines(), _google_entry)


def _numpy(lines: list[str]) -> dict[str, str]:
    return _entries(lines, _numpy_entry)


def _entries(lines: Iterable[str], entry: Callable[[str], tuple[list[str], str] | None]) -> dict[str, str]:
    """Lines at the left begin an entry, indented ones go on with it."""
    found: dict[str, list[str]] = {}
    names: list[str] = []
    for line in lines:
        begun = entry(line) if line[:1].strip() else None
        if begun is not None:
            names, first = begun
            found |= {name: [first] for name in names}
        elif line.strip():
            for name in names:
                found[name].append(line.strip())
    return {name: " ".join(filter(None, told)) for name, told in found.items()}


def _google_entry(line: str) -> tuple[list[str], str] | None:
    match = _GOOGLE_ENTRY.match(line)
    return ([match["name"]], match["text"].strip()) if match else None


def _numpy_entry(line: str) -> tuple[list[str], str] | None:
    match = _NUMPY_ENTRY.match(line)
    return (re.findall(r"\w+", match["names"]), "") if match else None


def _rest(lines: list[str], at: int, field: re.Match[str], parameters: dict[str, str]) -> int:
    """Reads a field and the indented lines that go on with it; where the next line is."""
    told = [field["text"]]
    at += 1
    while at < len(lines) and lines[at].startswith(" ") and lines[at].strip():
        told.append(lines[at].strip())
        at += 1
    if field["kind"] in ("param", "parameter", "arg", "argument", "key", "keyword") and field["what"]:
        parameters[field["what"].split()[-1].lstrip("*")] = " ".join(filter(None, told))
    return at
