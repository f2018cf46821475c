"""The ports of a provider that another could stand in for: those of its node, with an eye on what it owes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

import attrs

from voiceflow._inbox import Inbox, Stream
from voiceflow._outbox import Outbox
from voiceflow._patience import Patience
from voiceflow._ports import NodePorts
from voiceflow.frames import Frame, Prompt
from voiceflow.items import Thought, ToolCall
from voiceflow.node import Stage
from voiceflow.ports import Inlet, Outlet
from voiceflow.services import Process

T = TypeVar("T")


@attrs.frozen(eq=False)
class _Receiver:
    inbox: Inbox
    patience: Patience

    async def receive(self) -> Any:
        self.patience.done()
        return await self.patience.ask(self.inbox.receive)

    async def take(self) -> Any:
        return await self.patience.ask(self.inbox.take)

    def commit(self, held: int = 0) -> None:
        if self.patience.owes_final:
            return  # whoever takes over tells what this one did not
        self.inbox.commit(held)
        if not self.inbox.pending:
            self.patience.done()

    def __aiter__(self) -> AsyncIterator[Any]:
        return Stream(self.receive)

    def taking(self) -> AsyncIterator[Any]:
        return Stream(self.take)


@attrs.frozen(eq=False)
class _Sender:
    outbox: Outbox
    patience: Patience

    async def send(self, frame: Any) -> None:
        await self.patience.give(self.outbox.send, frame)


@attrs.frozen(eq=False)
class _Merged:
    frames: AsyncIterator[tuple[Inlet[Any], Frame]]
    patience: Patience

    def __aiter__(self) -> _Merged:
        return self

    async def __anext__(self) -> tuple[Inlet[Any], Frame]:
        found: list[Inlet[Any]] = []

        async def receive() -> Frame:
            inlet, frame = await anext(self.frames)
            found.append(inlet)
            return frame

        self.patience.done()
        frame = await self.patience.ask(receive)
        return found[0], frame


@attrs.frozen(eq=False)
class AttendedPorts:
    """`Ports` that keep account of what the node owes."""

    ports: NodePorts
    patience: Patience

    @property
    def turn(self) -> int | None:
        return self.ports.turn

    def __getitem__(self, port: Any) -> Any:
        found = self.ports[port]
        if isinstance(found, Inbox):
            return _Receiver(found, self.patience)
        return _Sender(found, self.patience) if isinstance(found, Outbox) else found

    async def committed(self) -> None:
        with self.patience.held():
            await self.ports.committed()

    async def call_tools(self, prompt: Prompt, items: Sequence[Thought | ToolCall]) -> None:
        if any(isinstance(item, ToolCall) for item in items):
            self.patience.calls()
        with self.patience.held():
            await self.ports.call_tools(prompt, items)

    def merged(self, *inlets: Inlet[Any]) -> AsyncIterator[tuple[Inlet[Any], Frame]]:
        return _Merged(self.ports.merged(*inlets), self.patience)

    def sent(self, port: Outlet[T]) -> Sequence[T]:
        return self.ports.sent(port)

    def resume(self, port: Outlet[T]) -> None:
        self.ports.resume(port)

    async def pump(self, stage: Stage[Any]) -> None:
        with self.patience.held():  # a stage has no time of its own
            await self.ports.pump(stage)

    def now(self) -> int:
        return self.ports.now()

    async def sleep_until(self, t: int, *, output: bool = False) -> None:
        await self.ports.sleep_until(t, output=output)

    def mark(self, name: str, **values: object) -> None:
        self.ports.mark(name, **values)

    async def compute(self, fn: Callable[..., T], *args: object, model: str, width: int = 1) -> T:
        return await self.ports.compute(fn, *args, model=model, width=width)

    def process(self, target: str, *args: object) -> AbstractAsyncContextManager[Process]:
        return self.ports.process(target, *args)
