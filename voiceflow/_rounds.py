"""The tool calls of one turn: the model is asked, calls, is told the outputs and asked again, until it calls nothing.

A round ends with the next prompt on the wire from which the model's node takes its prompts. With that the prompt before
is dealt with: a node that crashes is given the last one again, and no tool runs twice.

Before the turn is committed nothing is in the history, and only tools that change nothing run. What they did is written
down at the commit, or forgotten with the guess.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs
import trio

from voiceflow._inbox import Outbox
from voiceflow._ports import NodePorts
from voiceflow.frames import Prompt, Text
from voiceflow.items import Item, Message, Thought, ToolCall, ToolOutput
from voiceflow.tools.runner import ToolDone, ToolEvent, ToolProgress, ToolRunner, ToolStarted
from voiceflow.tools.toolbox import Toolbox
from voiceflow.tools.use import ToolUse

TOO_MANY = "It was not called: enough was called to answer this. Answer the user now, with what you know."


@attrs.frozen(eq=False)
class SessionTools:
    """What all turns of a session have in common."""

    use: ToolUse
    runner: ToolRunner
    write: Callable[[Item], Item]
    """Puts an item into the history."""
    mark: Callable[..., None]
    working: Callable[[int], object] = lambda change: None
    """One more (1) or one less (-1) is at work."""


@attrs.define(eq=False)
class ToolRounds:
    """What the model of one turn calls."""

    tools: SessionTools
    turn: int
    say: Callable[[str], object]
    """Says something in the middle of this turn."""
    join: Callable[[trio.lowlevel.Task], object]
    """A task is at work for this turn, wherever it runs."""
    committed: bool
    """Whether what is done here is part of the conversation."""
    rounds: int = attrs.field(default=0, init=False)
    _unwritten: list[Item] = attrs.field(factory=list[Item], init=False)
    _model: NodePorts | None = attrs.field(default=None, init=False)
    """Who calls."""
    _failed: bool = attrs.field(default=False, init=False)

    async def call(self, ports: NodePorts, prompt: Prompt, items: Sequence[Thought | ToolCall]) -> None:
        """Run the calls among `items`, which the model wrote in answer to `prompt`; its node is given the next one."""
        calls = [item for item in items if isinstance(item, ToolCall)]
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
        results = await self._results(calls, box)
        self._failed = results[-1].output.error
        if self.rounds <= self.tools.use.rounds + 1:
            said = [Message("assistant", written)] if written.strip() else []
            first = items.index(calls[0])  # a model thinks, speaks and calls in this order
            outputs = [result.output for result in results]
            told = (*prompt.items, *items[:first], *said, *items[first:], *outputs)
            _ask(ports, prompt, attrs.evolve(prompt, items=told))

    def commit(self) -> None:
        """The turn is wanted: what was called for it becomes part of the conversation."""
        self.committed = True
        for item in self._unwritten:
            self.tools.write(item)
        self._unwritten.clear()

    def last_words(self, ports: NodePorts) -> str:
        """What is to be said for a model that has ended having called and written nothing; "" for any other node."""
        if ports is not self._model or any(outbox.total for outbox in _texts(ports)):
            return ""
        return self.tools.use.failed if self._failed else self.tools.use.done

    async def _results(self, calls: Sequence[ToolCall], box: Toolbox) -> Sequence[ToolDone]:
        if self.rounds <= self.tools.use.rounds:
            return await self.tools.runner.run(calls, tools=box, tell=self._hear, say=self.say)
        refused = [
            ToolDone(call, ToolOutput(call.call, TOO_MANY, error=True), 0.0, problem="refused") for call in calls
        ]
        for result in refused:
            self._hear(ToolStarted(result.call))
            self._hear(result)
        return refused

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
            case ToolProgress():
                self.tools.mark("tool.progress", self.turn, **about, part=event.part, text=event.note)
            case ToolDone():
                self._write(event.output)
                self.tools.mark("tool.ended", self.turn, **about, seconds=event.seconds, problem=event.problem)
                self.tools.working(-1)


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
