"""A server while a session runs: reached, asked for its tools, called, and reached again when it is gone.

It is left in peace: when the session is, the server is told so and has a moment to end, whatever cancels the session.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from importlib.metadata import version
from typing import Any

import attrs
import trio
from mcp import Client, MCPError
from mcp.client.session import IncomingMessage
from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost
from mcp.types import Implementation, PaginatedRequestParams, ToolListChangedNotification

from voiceflow.errors import GraphError, ProviderError, VoiceflowError
from voiceflow.items import Part
from voiceflow.mcp.address import Address
from voiceflow.mcp.content import parts
from voiceflow.mcp.program import Program
from voiceflow.mcp.server import McpServer
from voiceflow.mcp.tool import tool_of
from voiceflow.tools.context import ToolContext, ToolError
from voiceflow.tools.output import cut
from voiceflow.tools.source import AnyTool, Offer, Tell

CEILING = 30.0  # seconds between two attempts at the most
GOODBYE = 2.0  # seconds to take leave in
SETTLED = 0.25  # seconds after a list of tools before the next is asked for, however often it changes
MOST = 200  # tools of a server
QUOTED = 500  # characters of what a server says of an error
GONE = {
    *("Connection closed", "Session terminated", "SSE stream ended without a response"),
    "SSE stream ended and reconnection attempts were exhausted",
}
"""The library's words for a server that is not there any more; their code is one that servers use for anything."""
_LOG = logging.getLogger("voiceflow.tools")


@attrs.define(eq=False)
class Connection:
    """What one session has of one server."""

    server: McpServer
    offer: Offer
    tell: Tell
    _client: Client | None = attrs.field(default=None, init=False, repr=False)
    """There while calls can be made."""
    _begun: bool = attrs.field(default=False, init=False)
    _left: trio.Event = attrs.field(factory=trio.Event, init=False)
    _over: trio.Event = attrs.field(factory=trio.Event, init=False)
    """The present connection is to be given up."""
    _changed: trio.Event = attrs.field(factory=trio.Event, init=False)
    _scope: trio.CancelScope = attrs.field(factory=lambda: trio.CancelScope(shield=True), init=False, repr=False)
    _dialing: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False, repr=False)
    _since: float = attrs.field(default=math.inf, init=False)
    _secrets: frozenset[str] = attrs.field(default=frozenset(), init=False, repr=False)
    _told: set[str] = attrs.field(factory=set[str], init=False, repr=False)

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Until it is cancelled; see `ToolSource.run`."""

        def begin() -> None:
            if not self._begun:
                self._begun = True
                task_status.started()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._keep, begin)
            try:
                await trio.sleep_forever()
            finally:
                self._leave()

    def _leave(self) -> None:
        self._left.set()
        self._over.set()
        self._scope.deadline = trio.current_time() + GOODBYE
        if self._client is None:
            self._dialing.cancel(reason="the session was left")

    async def _keep(self, begin: Callable[[], None]) -> None:
        pause = 0.0
        with self._scope:
            while not self._left.is_set():
                self._since = math.inf
                failure = await self._once(begin)
                if self._left.is_set():
                    return
                if self.server.required and not self._begun:
                    raise failure
                begin()
                self.tell("tools.lost", why=str(failure))
                _LOG.warning("%s; it is tried again", failure)
                healthy = trio.current_time() - self._since >= CEILING
                pause = self.server.retry if healthy or not pause else min(2 * pause, CEILING)
                with trio.move_on_after(pause):
                    await self._left.wait()

    async def _once(self, begin: Callable[[], None]) -> VoiceflowError:
        """Be connected until that ends; why it did."""
        self._over, self._changed = trio.Event(), trio.Event()
        self._dialing = scope = trio.CancelScope(deadline=trio.current_time() + self.server.connect)
        errors: tuple[Exception, ...] = ()
        end: Address | Program | None = None
        try:
            with scope:
                end = self._end()
                async with Client(
                    end.open(),
                    message_handler=self._hear,
                    client_info=Implementation(name="voiceflow", version=version("voiceflow")),
                    cache=None,
                ) as client:
                    self._take(await _listed(client))
                    scope.deadline = math.inf
                    self._client, self._since = client, trio.current_time()
                    begin()
                    await self._attend(client)
                    self._client = None
        # Whatever the library's tasks and a server's words end in is that server's end, and no more.
        except* Exception as group:
            errors = tuple(_flat(group))
        finally:
            self._client = None
        wrong = next((error for error in errors if isinstance(error, GraphError)), None)
        return wrong or self._failure(errors, end, late=scope.cancelled_caught)

    def _end(self) -> Address | Program:
        """Its other end, which is not reached yet."""
        server = self.server
        env, headers = server.filled(server.env), server.filled(server.headers)
        self._secrets = frozenset(value for value in (*env.values(), *headers.values()) if len(value) >= 4)
        if server.command:
            return Program(server.command, env, server.cwd, self._over)
        return Address(server.url, headers, server.protocol == "sse", self._over)

    def _failure(self, errors: Iterable[Exception], end: Address | Program | None, *, late: bool) -> ProviderError:
        # A program may have told why it cannot work; what it says later may quote a caller.
        words = end.last_words if isinstance(end, Program) and self._since == math.inf else b""
        status = f"HTTP {end.status}" if isinstance(end, Address) and end.status else ""
        line = words.decode(errors="replace").strip().rpartition("\n")[2]
        why = [f"no answer within {self.server.connect:g} s"] if late else [self._why(error) for error in errors][:1]
        told = ", ".join(filter(None, [*(why or ["it ended"]), status, line and f"its last words: {line}"]))
        return ProviderError(f"the MCP server {self.server.label}: {self._hidden(told)}", retryable=True)

    def _why(self, error: Exception) -> str:
        if isinstance(error, MCPError):
            return "it ended" if error.message in GONE else error.message
        return error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__

    def _hidden(self, text: str) -> str:
        """Without what is secret, should the server have repeated it."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return cut(text, QUOTED)

    async def _attend(self, client: Client) -> None:
        """Follow its list of tools until the connection is over."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._subscribe, client)
            nursery.start_soon(self._relist, client)
            await self._over.wait()
            nursery.cancel_scope.cancel(reason="the connection is over")

    async def _subscribe(self, client: Client) -> None:
        """Be told of changes, where the protocol wants them asked for; before 2026 they came unasked."""
        while True:
            try:
                async with client.listen(tools_list_changed=True) as changes:
                    async for _ in changes:
                        self._changed.set()
            except (ListenNotSupportedError, MCPError):
                return
            except SubscriptionLost:
                pass
            await trio.sleep(self.server.retry)
            self._changed.set()  # what happened in between

    async def _relist(self, client: Client) -> None:
        while True:
            await self._changed.wait()
            self._changed = trio.Event()
            try:
                with trio.move_on_after(self.server.timeout):
                    self._take(await _listed(client))
            except (MCPError, ValueError) as error:
                self._warn(f"cannot tell its tools: {self._why(error)}")
            await trio.sleep(SETTLED)

    async def _hear(self, message: IncomingMessage) -> None:
        if isinstance(message, ToolListChangedNotification):
            self._changed.set()
        elif isinstance(message, Exception):
            self._warn("sends what is no message")

    def _warn(self, what: str) -> None:
        """Once for each server and session: it may go on without end."""
        if what not in self._told and len(self._told) < MOST:
            self._told.add(what)
            _LOG.warning("the MCP server %s %s", self.server.label, self._hidden(what))

    def _take(self, listed: Iterable[Mapping[str, Any]]) -> None:
        """Offer what it has listed, as far as that can be."""
        found: dict[str, AnyTool] = {}
        for told in listed:
            name = str(told["name"])
            if not self.server.allows(name):
                continue
            try:
                tool = tool_of(self.server, told, partial(self._call, name))
                if tool.name in found or len(found) == MOST:
                    raise ValueError("another has its name" if tool.name in found else f"there are {MOST} already")
            except ValueError as error:
                self._warn(f"has a tool that is left out, {name[:64]!r}: {error}")
            else:
                found[tool.name] = tool
        self.offer(tuple(found.values()))
        self.tell("tools.offered", tools=tuple(found))

    async def _call(self, name: str, arguments: dict[str, Any], ctx: ToolContext) -> list[Part] | Part | None:
        async def tell(progress: float, total: float | None, message: str | None) -> None:
            part = min(max(progress / total, 0.0), 1.0) if total and total > 0 else None
            ctx.progress(part, cut(message or "", QUOTED))

        label, client = self.server.label, self._client
        if client is None or self._over.is_set():
            raise ToolError(f"The server {label} is not there at the moment. Go on without it, or try again later.")
        try:
            result = await client.call_tool(name, arguments, progress_callback=tell)
        except MCPError as error:
            if error.message in GONE:
                self._over.set()
                raise ToolError(f"The server {label} is gone, and with it what it was doing.") from None
            raise ToolError(f"The server {label} refused: {self._hidden(error.message)}") from None
        # The library's, for a result that is none, or is not what the tool has announced.
        except (RuntimeError, ValueError):
            raise ToolError(f"The server {label} answered with something that is no result of this tool.") from None
        told = parts(result.model_dump(mode="json", by_alias=True, exclude_none=True))
        if result.is_error:
            raise ToolError(
                "".join(part for part in told if isinstance(part, str)) or "It failed, and did not say why."
            )
        return list(told) if len(told) > 1 else told[0] if told else None


async def _listed(client: Client) -> list[Mapping[str, Any]]:
    """Its tools, page by page; not more pages than it can have tools."""
    found: list[Mapping[str, Any]] = []
    cursor: str | None = None
    for _ in range(MOST):
        page = await client.session.list_tools(params=PaginatedRequestParams(cursor=cursor))
        found += [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in page.tools]
        cursor = page.next_cursor
        if cursor is None or len(found) > MOST:
            break
    return found


def _flat(group: BaseExceptionGroup[Exception]) -> Iterator[Exception]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _flat(error)
        else:
            yield error
