"""A server that speaks the Model Context Protocol, and what is wanted of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from importlib import import_module
from pathlib import PurePath
from typing import Any, Literal
from urllib.parse import urlsplit

import attrs
import trio
from attrs import validators as must

from voiceflow.errors import GraphError
from voiceflow.tools.function import Effect
from voiceflow.tools.source import Offer, Tell, ToolSource

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_EFFECTS = ("read_only", "cancellable", "must_finish")


def _words(words: Iterable[str]) -> tuple[str, ...]:
    if isinstance(words, str):
        raise TypeError(f"expected a list of texts, got the text {words!r}")
    return tuple(words)


def _place(url: str) -> str:
    """A URL without what may be secret in it."""
    parts = urlsplit(url)
    return repr(f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}")


@attrs.frozen(kw_only=True)
class McpServer(ToolSource):
    """A program (`command`) or an address (`url`) whose tools a session offers to its model: `Session(tools=[...])`.

    Args:
        command: the program and its arguments; it is started with the session, and speaks on stdin and stdout.
        env: variables for the program, which else is given PATH, HOME, USER, SHELL, TERM and LOGNAME alone.
        cwd: the folder that it works in.
        url: where a server is that speaks over HTTP.
        headers: what every request to it has besides.
        protocol: of a `url`: "streamable", or "sse", which went before.
        name: what it is called in errors, marks and logs; made of the command or the url when there is none.
        prefix: what the names of its tools begin with.
        allow: patterns of the names that are offered, such as "get_*"; without the prefix.
        effects: what tools do to the world, by patterns of their names, where the server does not say it rightly.
        timeout: seconds that a call may take.
        connect: seconds that it may take to start, and to tell its tools.
        required: whether a session does without it while it is not there; else that is an error at its opening.
        retry: seconds before the first attempt to reach it again; each further one waits twice as long, up to 30 s.

    `${NAME}` in `env` and `headers` stands for a variable of the environment. What they become is in no message.

    Raises:
        ValueError: neither or both of `command` and `url`, or a number that is not positive.
    """

    command: tuple[str, ...] = attrs.field(default=(), converter=_words)
    env: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    cwd: str | None = None
    url: str = attrs.field(default="", repr=_place)
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False)
    protocol: Literal["streamable", "sse"] = attrs.field(
        default="streamable", validator=must.in_(("streamable", "sse"))
    )
    name: str = ""
    prefix: str = ""
    allow: tuple[str, ...] = attrs.field(default=("*",), converter=_words)
    effects: Mapping[str, Effect] = attrs.field(factory=dict[str, Effect])
    timeout: float = attrs.field(default=30.0, validator=must.gt(0))
    connect: float = attrs.field(default=20.0, validator=must.gt(0))
    required: bool = True
    retry: float = attrs.field(default=0.5, validator=must.gt(0))

    def __attrs_post_init__(self) -> None:
        if bool(self.command) == bool(self.url):
            raise ValueError("an MCP server is a command or a url: give one of the two")
        if self.url and not self.url.startswith(("http://", "https://")):
            raise ValueError(f"the url of an MCP server begins with http:// or https://; got {_place(self.url)}")
        wrong = [effect for effect in self.effects.values() if effect not in _EFFECTS]
        if wrong:
            raise ValueError(f"an effect is one of {', '.join(_EFFECTS)}; got {wrong[0]!r}")

    @property
    def label(self) -> str:
        if self.name:
            return self.name
        return urlsplit(self.url).hostname or "" if self.url else PurePath(self.command[0]).name

    def allows(self, tool: str) -> bool:
        """Whether a tool of the server is offered."""
        return any(fnmatchcase(tool, pattern) for pattern in self.allow)

    def effect(self, tool: str, hints: Mapping[str, Any]) -> Effect:
        """What a tool does to the world: as `effects` says, else as the server's hints do, else "cancellable"."""
        said: Effect | None = next(
            (effect for pattern, effect in self.effects.items() if fnmatchcase(tool, pattern)), None
        )
        if said is not None:
            return said
        if hints.get("readOnlyHint") is True:
            return "read_only"
        return "must_finish" if hints.get("destructiveHint") is True else "cancellable"

    def filled(self, values: Mapping[str, str]) -> dict[str, str]:
        """`env` or `headers`, with the variables that they name.

        Raises:
            GraphError: there is no such variable.
        """
        return {name: _VARIABLE.sub(self._variable, value) for name, value in values.items()}

    def _variable(self, match: re.Match[str]) -> str:
        value = os.environ.get(match[1])
        if value is None:
            raise GraphError(f"the MCP server {self.label} wants the environment variable {match[1]}, which is not set")
        return value

    async def run(self, offer: Offer, tell: Tell, *, task_status: trio.TaskStatus[None]) -> None:
        """Offer its tools while it is there, and start or call it again when it is not.

        Raises:
            ProviderError: it is required, and cannot be reached or started, or does not answer.
            GraphError: a variable is not set, or what is needed for this is not installed.
        """
        try:
            # It takes a second or more.
            module = await trio.to_thread.run_sync(import_module, "voiceflow.mcp.connection")
        except ModuleNotFoundError as error:
            raise GraphError(f"MCP servers need the package {error.name}: pip install 'voiceflow[mcp]'") from None
        await module.Connection(self, offer, tell).run(task_status=task_status)
