"""The tool calls of one turn: the model is asked, calls, is told the outputs and asked again, until it calls nothing.

A round ends with the next prompt on the wire from which the model's node takes its prompts. With that the prompt before
is dealt with: a node that crashes is given the last one again, and no tool runs twice.

Before the turn is committed nothing is in the history, and only tools that change nothing run. What they did is written
down at the commit, or forgotten with the guess.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Protocol

import attrs
import trio

from voiceflow._outbox import Outbox
from voiceflow._ports import NodePorts
from voiceflow.agents.transfer import Ended, Transfer
from voiceflow.frames import Prompt, Text
from voiceflow.items import Item, Message, Thought, ToolCall, ToolOutput
from voiceflow.tools.runner import ToolDone, ToolEvent, ToolLetGo, ToolProgress, ToolRunner, ToolStarted
from voiceflow.tools.toolbox import Toolbox
from voiceflow.tools.use import ToolUse

if TYPE_CHECKING:
    from voiceflow.agents.agent import Agent
    from voiceflow.node import Node
    from voiceflow.utterance import Utterance

TOO_MANY = "It was not called: enough was called to answer this. Answer the user now, with what you know."


class Agents(Protocol):
    """The agents of a session, as a turn sees them."""

    @property
    def agent(self) -> Agent: ...
    @property
    def coming(self) -> bool: ...
    async def hand_over(self, transfer: Transfer, by: Utterance | None, refusal: Callable[[], str]) -> None: ...
    def said(self, message: Message, by: Utterance) -> None: ...
    def brings(self, node: Node) -> bool: ...
    def keeps(self, node: Node) -> bool: ...
    def stop(self) -> None: ...


@attrs.frozen(eq=False)
class SessionTools:
    """What all turns of a session have in common."""

    use: ToolUse
    runner: ToolRunner
    agents: Agents
    write: Callable[[Item], Item]
    """Puts an item into the history."""
    mark: Callable[..., None]
    working: Callable[[int], object] = lambda change: None
    """One more (1) or one less (-1) is at work."""
    answer: Callable[[], object] = lambda: None
    """Has the model speak of what has come of its calls, when the reply in which it made them is over."""


@attrs.define(eq=False)
class ToolRounds:
    """What the model of one turn calls."""

    tools: SessionTools
    turn: int
    say: Callable[[str], object]
    """Says something in the middle of this turn."""
    hand_over: Callable[[Transfer], Awaitable[object]]
    """Has another agent go on, if this turn may say so."""
    join: Callable[[trio.lowlevel.Task], object]
    """A task is at work for this turn, wherever it runs."""
    committed: bool
    """Whether what is done here is part of the conversation."""
    agent: Agent = attrs.field(init=False)
    """Whose model it is."""
    rounds: int = attrs.field(default=0, init=False)
    signature: str = attrs.field(default="", init=False)
    """What the model wants to see again with the text that it wrote last."""
    handed_over: bool = attrs.field(default=False, init=False)
    """Whether another agent goes on: this one's model is not asked again."""
    aside: set[str] = attrs.field(factory=set[str], init=False)
    """The calls whose tools go on when this reply is over."""
    _unwritten: list[Item] = attrs.field(factory=list[Item], init=False)
    _model: NodePorts | None = attrs.field(default=None, init=False)
    """Who calls."""
    _calling: bool = attrs.field(default=False, init=False)
    """Whether the model waits for outputs."""
    _failed: bool = attrs.field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self.agent = self.tools.agents.agent

    async def call(self, ports: NodePorts, prompt: Prompt, items: Sequence[Thought | ToolCall]) -> None:
        """Run the calls among `items`, which the model wrote in answer to `prompt`; its node is given the next one."""
        marks = [item for item in items if isinstance(item, Thought) and item.form == "mark"]
        items = [item for item in items if item not in marks]
        calls = [item for item in items if isinstance(item, ToolCall)]
        self.signature = marks[-1].signature if marks else ""
        if not calls:
            return
        self._model = ports
        self.rounds += 1
        for outbox in _texts(ports):
            outbox.finish_word()
        written = _written(ports)
        await _break(ports, written)
        offered = {tool.name for tool in prompt.tools}
        box = Toolbox(tool for tool in self.tools.runner.tools if tool.name in offered)
        if not _is_harmless(calls, box):
            await ports.committed()
        await trio.lowlevel.checkpoint_if_cancelled()  # of a turn that ended in this instant nothing is called
        for item in items:
            self._write(item)
        self._calling = True
        try:
            results = await self._results(calls, box)
        finally:
            self._calling = False
        if self.aside or self._is_out:
            return
        self._failed = results[-1].output.error
        if self.rounds <= self.tools.use.rounds + 1:
            said = [Message("assistant", written, signature=self.signature)] if written.strip() else []
            first = items.index(calls[0])  # a model thinks, speaks and calls in this order
            outputs = [result.output for result in results]
            told = (*prompt.items, *items[:first], *said, *items[first:], *outputs)
            _ask(ports, prompt, attrs.evolve(prompt, items=told))

    @property
    def _is_out(self) -> bool:
        """Whether its agent has nothing more to say: it has ended, or another one is on duty."""
        return self.handed_over or self.tools.agents.agent is not self.agent

    def commit(self) -> None:
        """The turn is wanted: what was called for it becomes part of the conversation."""
        self.committed = True
        for item in self._unwritten:
            self.tools.write(item)
        self._unwritten.clear()

    def end(self) -> None:
        """The turn is over, and nothing leads back to it from here, unless it called tools: these may outlive it."""
        if not self.rounds:
            del self.say, self.hand_over

    def last_words(self, ports: NodePorts) -> str:
        """What is to be said for a model that has ended having called and written nothing; "" for any other node."""
        if ports is not self._model or self.aside or self._is_out or any(out.total for out in _texts(ports)):
            return ""
        return self.tools.use.failed if self._failed else self.tools.use.done

    async def _results(self, calls: Sequence[ToolCall], box: Toolbox) -> Sequence[ToolDone]:
        if self.rounds <= self.tools.use.rounds:
            run = self.tools.runner.run
            return await run(calls, tools=box, tell=self._hear, say=self.say, settle=self._settle)
        refused = [
            ToolDone(call, ToolOutput(call.call, TOO_MANY, error=True), 0.0, problem="refused") for call in calls
        ]
        for result in refused:
            self._hear(ToolStarted(result.call))
            self._hear(result)
        return refused

    async def _settle(self, value: object) -> object:
        """What the model is told of what a tool returned; an agent takes over before that is told."""
        if isinstance(value, Ended):
            self.handed_over = True
            return value.said
        transfer = Transfer.of(value)
        if transfer is None:
            return value
        if self._model is not None and not self.committed:
            await self._model.committed()
        await self.hand_over(transfer)
        self.handed_over = True
        return transfer.said or f"{transfer.agent.name} goes on from here."

    def _write(self, item: Item) -> None:
        if self.committed:
            self.tools.write(item)
        else:
            self._unwritten.append(item)

    def _hear(self, event: ToolEvent) -> None:
        # A name that is no tool's is the model's own words.
        about = {"tool": event.call.name if event.call.name in self.tools.runner.tools else "", "call": event.call.call}
        match event:
            case ToolStarted():
                self.join(trio.lowlevel.current_task())
                self.tools.mark("tool.started", self.turn, **about)
                self.tools.working(1)
            case ToolLetGo():
                self.aside.add(event.call.call)
            case ToolProgress():
                self.tools.mark("tool.progress", self.turn, **about, part=event.part, text=event.note)
            case ToolDone():
                self._write(event.output)
                self.tools.mark("tool.ended", self.turn, **about, seconds=event.seconds, problem=event.problem)
                self.tools.working(-1)
                self._over(event.call.call)

    def _over(self, call: str) -> None:
        if call in self.aside:
            self.aside.remove(call)
            if not (self.aside or self._is_out or self._calling):
                self.tools.answer()


def _is_harmless(calls: Sequence[ToolCall], box: Toolbox) -> bool:
    """Whether none of the calls can change anything; one of a tool that is not there cannot."""
    return all(call.name not in box or box[call.name].effect == "read_only" for call in calls)


def _texts(ports: NodePorts) -> list[Outbox]:
    return [ports.outboxes[name] for name, kind in ports.kinds.items() if kind is Text]


def _written(ports: NodePorts) -> str:
    """What the node wrote in answer to its present prompt."""
    return "".join(frame.text for outbox in _texts(ports) for frame in outbox.sent if isinstance(frame, Text))


async def _break(ports: NodePorts, written: str) -> None:
    """A paragraph ends where the model calls: what it wrote is spoken now, and not joined to what comes."""
    if written.strip():
        for outbox in _texts(ports):
            await outbox.send(Text("\n\n"))


def _ask(ports: NodePorts, answered: Prompt, prompt: Prompt) -> None:
    """Have the node given another prompt; the one that it has answered is not given to it again."""
    for outbox in ports.outboxes.values():
        outbox.resume()
    inbox = next((inbox for inbox in ports.inboxes.values() if any(each is answered for each in inbox.pending)), None)
    if inbox is None:
        raise ValueError(f"{ports.node}: call_tools is given the prompt that was answered; got one that never came")
    inbox.commit()
    inbox.wire.put(prompt)
