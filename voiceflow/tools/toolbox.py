"""The tools that a model may call, by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from voiceflow.tools.function import Tool

_LONGEST = 64  # characters that models' protocols allow in a name


class UnknownTool(Exception):
    """No tool has this name. For the model alone: the message tells it which there are."""


def _by_name(tools: Iterable[Tool[..., Any]]) -> dict[str, Tool[..., Any]]:
    found: dict[str, Tool[..., Any]] = {}
    for tool in tools:
        if found.setdefault(tool.name, tool) is not tool:
            raise ValueError(f"two tools are called {tool.name}; give one of them another name: @tool(name=...)")
    return found


@attrs.define
class Toolbox:
    """Tools, no two of one name.

    Raises:
        ValueError: two have the same name.
    """

    _tools: dict[str, Tool[..., Any]] = attrs.field(alias="tools", converter=_by_name)

    def __iter__(self) -> Iterator[Tool[..., Any]]:
        return iter(self._tools.values())

    def __len__(self) -> int:
        return len(self._tools)

    def __contains__(self, name: object) -> bool:
        return name in self._tools

    def __getitem__(self, name: str) -> Tool[..., Any]:
        """The tool of this name.

        Raises:
            UnknownTool: there is none; near names are told first.
        """
        if name in self._tools:
            return self._tools[name]
        name = name[:_LONGEST]
        near = difflib.get_close_matches(name, self._tools, n=3)
        there = ", ".join(near or self._tools) or "none"
        raise UnknownTool(f"expected the name of a tool, got {name!r}. {'Near it' if near else 'There'} are: {there}.")
