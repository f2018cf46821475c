"""A model that speaks for a step of a flow: what it says goes on as it is written, what it found out is given back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import trio

from voiceflow._attended import AttendedPorts
from voiceflow._inbox import Inbox
from voiceflow._outbox import Outbox
from voiceflow._patience import is_attended, patience_with
from voiceflow._ports import NodePorts
from voiceflow._supervisor import supervise
from voiceflow._wire import Bell, Wire
from voiceflow.errors import GraphError, NodeFailed
from voiceflow.flow.flow import Flow
from voiceflow.frames import Prompt, Text
from voiceflow.items import Message, Thought, ToolCall
from voiceflow.machines.answer_stream import AnswerStream, Found
from voiceflow.machines.breaker import Providers
from voiceflow.machines.flow_point import Converse, Point
from voiceflow.machines.restart import RestartPolicy, Restarts
from voiceflow.node import Node
from voiceflow.services import EndOfStream, Ports, Sender

_TOKENS = 64_000_000_000  # of room: 64 items, as the stages behind a model have; it runs ahead of the voice by no more
_GO_ON = (
    "You were cut off. What you have said above was heard: what you say now goes on from there, and repeats nothing."
)


def check_model(node: object, field: attrs.Attribute[Any], model: Node | None) -> None:
    """A model is a turn's node from prompts to text."""
    if model is None:
        return
    inlets = {name: port.kind for name, port in model.inlets().items()}
    outlets = {name: port.kind for name, port in model.outlets().items()}
    if model.lifetime != "turn" or (inlets, outlets) != ({"prompt": Prompt}, {"text": Text}):
        raise GraphError(
            f"the model of a flow is a turn's node from prompt (Prompt) to text (Text); got {model.name}, "
            f"a {model.lifetime}'s node from {', '.join(inlets) or 'nothing'} to {', '.join(outlets) or 'nothing'}"
        )


@attrs.define(eq=False)
class Mouth:
    """Where a turn is spoken: pieces that were written apart stand apart."""

    out: Sender[Text]
    said: str = attrs.field(default="", init=False)
    """All of this turn."""
    _apart: bool = attrs.field(default=True, init=False)

    async def say(self, text: str) -> None:
        """Say a text of its own."""
        await self.pause()
        await self.add(text)

    async def add(self, text: str) -> None:
        """Say more of what is being written."""
        if text:
            self._apart = text[-1].isspace()
            self.said += text
            await self.out.send(Text(text))

    async def pause(self) -> None:
        """What was said so far is a whole: what waits for its end is spoken."""
        if not self._apart:
            self._apart = True
            self.said += " "
            await self.out.send(Text(" "))


@attrs.frozen(eq=False)
class Mind:
    """The model of a flow in one turn. A fallback goes on with what was not said."""

    flow: Flow[Any]
    model: Node
    providers: Providers
    """The account of the model and its fallbacks, which outlasts the turn."""
    node: Node
    """The one that the model works for, and fails with."""
    ports: NodePorts

    async def converse(self, point: Point, converse: Converse, prompt: Prompt, mouth: Mouth) -> Found:
        """Have the model answer, and what it says said.

        Raises:
            NodeFailed: the model has failed, and so have its fallbacks.
        """
        begun, told = len(mouth.said), self.flow.told(point, converse)
        schema = self.flow.answer_schema(converse)
        number, failed = self._chosen(), set[int]()
        while True:
            items = [*_before(mouth.said), Message("system", told)]
            items += [Message("system", _GO_ON)] if len(mouth.said) > begun else []
            asked = attrs.evolve(prompt, items=(*prompt.items, *items), schema=schema)
            try:
                found = await self._ask(self.model.providers[number], asked, mouth, structured=schema is not None)
            except NodeFailed as error:
                self.providers.failed(error.__cause__ or error, self.ports.now())
                failed.add(number)
                if (number := self._chosen()) in failed:
                    raise
            else:
                self.providers.worked(self.ports.now())
                return found

    def _chosen(self) -> int:
        """The number of the provider that is asked. That it is another one is told in the trace."""
        before, now = self.providers.current, self.ports.now()
        number = self.providers.choose(now)
        if number != before:
            state = self.providers.breakers[number].state(now)
            self.ports.mark("node.provider", provider=number, before=before, state=state)
        return number

    async def _ask(self, model: Node, prompt: Prompt, mouth: Mouth, *, structured: bool) -> Found:
        bell = Bell()
        asked = Wire(f"{self.ports.node} -> {model.name}.prompt", _TOKENS, live=False, bell=bell)
        written = Wire(f"{model.name}.text -> {self.ports.node}", _TOKENS, live=False)
        rounds: list[int] = []
        ports = self._wired(bell, asked, written, rounds)
        await asked.send(prompt)
        asked.close()
        failed: list[NodeFailed] = []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._run, model, ports, failed)
            found = await (_structured(written, rounds, mouth) if structured else _plain(written, mouth))
        if failed:
            raise failed[0]
        return found

    def _wired(self, bell: Bell, asked: Wire, written: Wire, rounds: list[int]) -> NodePorts:
        """Ports for the model, on wires of its own. Behind each round of tools, `rounds` has how much it wrote."""
        tools = self.ports.tools

        async def call(ports: NodePorts, prompt: Prompt, items: Sequence[Thought | ToolCall]) -> None:
            assert tools is not None
            await tools(ports, prompt, items)
            rounds.append(written.sent)

        ports = attrs.evolve(
            self.ports,
            bell=bell,
            inboxes={},
            outboxes={"text": Outbox([written])},
            kinds={"text": Text},
            cells={},
            accounts={},
            tools=call if tools is not None else None,
        )
        ports.inboxes["prompt"] = Inbox(asked, ports.settle)
        return ports

    async def _run(self, model: Node, ports: NodePorts, failed: list[NodeFailed]) -> None:
        async def run(_: Node, ports: Ports) -> None:
            assert isinstance(ports, NodePorts)
            if not is_attended(self.model):
                return await model.run(ports)
            patience = patience_with(model, self.providers, ports.now)
            with patience.attend():
                await model.run(AttendedPorts(ports, patience))
            return None

        try:
            # Who goes on is said by `converse`: no fallback can in the middle of a document.
            await supervise(self.node, ports, Restarts(RestartPolicy(attempts=0)), run)
        except NodeFailed as error:
            failed.append(error)


def _before(said: str) -> Sequence[Message]:
    """What was said in this turn, and is in no history yet."""
    return [Message("assistant", said.strip())] if said.strip() else []


async def _plain(written: Wire, mouth: Mouth) -> Found:
    said = len(mouth.said)
    while (text := await _next(written)) is not None:
        await mouth.add(text)
    return Found(bool(mouth.said[said:].strip()))


async def _structured(written: Wire, rounds: list[int], mouth: Mouth) -> Found:
    """Behind a round of tools the answer begins anew: what stands before it is what the model said of the call."""
    answer, read = AnswerStream(), 0
    while (text := await _next(written)) is not None:
        if rounds and read >= rounds[0]:
            rest, _ = answer.end()
            await mouth.add(rest)
            await mouth.pause()
            answer = AnswerStream()
            rounds.pop(0)
        read += 1
        await mouth.add(answer.push(text))
    rest, found = answer.end()
    await mouth.add(rest)
    return found


async def _next(wire: Wire) -> str | None:
    try:
        frame = await wire.receive()
    except EndOfStream:
        return None
    assert isinstance(frame, Text), "a model writes text"
    return frame.text
