"""A flow where a language model could stand: from prompts to text, with what it does and waits for in between.

The rules are those of `FlowMachine`; here its actions are carried out. What the flow knows is changed when a turn is
certain, and when a model has answered to the end: an answer that is interrupted before that has found out nothing, and
the model is told the same words again in the next turn. A step nobody heard anything of is taken back: the caller went
on talking, and it is taken again with all that he said.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import attrs
import trio
from attrs import validators as must

from voiceflow._ports import NodePorts
from voiceflow.errors import GraphError
from voiceflow.flow.checkpoints import Checkpoints
from voiceflow.flow.flow import Flow
from voiceflow.flow.keeper import Keeper
from voiceflow.flow.mind import Mind, Mouth, check_model
from voiceflow.flow.standing import Heard, Standing
from voiceflow.flow.turn import Turn
from voiceflow.flow.work import OnPause, Work
from voiceflow.frames import Prompt, Text
from voiceflow.graph import Graph
from voiceflow.machines.breaker import Providers
from voiceflow.machines.flow_point import (
    Action,
    Answered,
    Await,
    Converse,
    Event,
    Given,
    HangUp,
    Point,
    Run,
    Speak,
    Stepped,
    Turned,
)
from voiceflow.node import Node
from voiceflow.ports import In, Out
from voiceflow.services import Call, Ports, Services


@attrs.define(eq=False)
class FlowNode(Node):
    """Leads the conversation by a flow; stands in a graph where a model would.

    Args:
        flow: what is gone through.
        model: speaks with the caller, and finds values in what he says, where steps have no rules for that. May have
            fallbacks of its own.
        greets: whether it speaks first, when the call begins.
        checkpoints: where the points are kept, under the name `call`; None for nowhere. A call that is there is gone on
            with, from its last point, or from the one with the number `at`.
        on_pause: is called with the name of a step that waits for somebody outside, and what he is to be told;
            `answer` is for what he says.
        hang_up_within: seconds that the last words may take.

    Marks: `flow.moved` (`steps`, where it stands), `flow.failed` (`step`, `error`), `flow.unread` (`step`, `problem`:
    a model's answer was not as it should be), `flow.paused` (`step`), `flow.unkept` (`error`; a point is not kept).

    Raises:
        GraphError: the flow wants a model, or `model` is none.
        PointError: when the session opens: what was kept is no point of this flow.
        LookupError: when the session opens: the call has no point `at`.
    """

    lifetime = "turn"
    scripted = True
    prompt = In(Prompt)
    text = Out(Text)

    flow: Flow[Any]
    model: Node | None = attrs.field(default=None, kw_only=True, validator=check_model)
    greets: bool = attrs.field(default=True, kw_only=True)
    checkpoints: Checkpoints | None = attrs.field(default=None, kw_only=True, repr=False)
    call: str = attrs.field(default="call", kw_only=True)
    at: int | None = attrs.field(default=None, kw_only=True)
    on_pause: OnPause | None = attrs.field(default=None, kw_only=True, repr=False)
    hang_up_within: float = attrs.field(default=15.0, kw_only=True, validator=must.ge(0))

    _call: Call | None = attrs.field(default=None, init=False, repr=False)
    _work: Work | None = attrs.field(default=None, init=False, repr=False)
    _standing: Standing | None = attrs.field(default=None, init=False, repr=False)
    """Where it stands in this call, or stood in the last."""
    _providers: Providers = attrs.field(factory=Providers, init=False, repr=False)
    """The account of the model and its fallbacks in this session."""
    _events: deque[Event] = attrs.field(factory=deque["Event"], init=False, repr=False)
    _owed: list[Speak | Converse] = attrs.field(factory=list["Speak | Converse"], init=False, repr=False)
    """What is to be said, and no turn was there to say it in."""
    _news: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)
    _speaking: bool = attrs.field(default=False, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.model is None and self.flow.wants_model:
            raise GraphError(
                f"the flow {self.flow.name!r}, step {self.flow.wants_model!r}: it is for a model, having no rules to "
                "read by. Give it some, or FlowNode(flow, model=...)"
            )

    @property
    def name(self) -> str:
        return "flow"

    @property
    def replays(self) -> bool:
        return False

    @property
    def point(self) -> Point:
        """Where the flow stands now."""
        return self.flow.begin() if self._standing is None else self._standing.point

    @property
    def state(self) -> Any:
        """What the flow knows now."""
        return self.point.state

    @property
    def _stands(self) -> Standing:
        assert self._standing is not None, "a node is open before it runs"
        return self._standing

    @property
    def _works(self) -> Work:
        assert self._work is not None, "a node is open before it joins a call"
        return self._work

    def check(self, graph: Graph) -> None:
        if self.others:
            raise GraphError(
                f"{graph.name_of(self)}: another node would begin the flow anew; fallbacks stand inside: "
                "FlowNode(flow, model=one.or_else(other))"
            )

    def answer(self, step: str, values: Mapping[str, Any]) -> None:
        """What somebody outside says to the step that waits for him, as JSON values by field. The flow goes on with it.

        Raises:
            LookupError: that step does not wait.
            ValueError: the values are not what it waits for; the message says of each what is.
        """
        self.flow.check_given(self.point, step, values)
        self._post(Given(step, values))

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        keeper = Keeper(self.flow, self.checkpoints, self.call, services)
        kept = await keeper.load(self.at)
        async with AsyncExitStack() as stack:
            if self.model is not None:
                self._providers = Providers(len(self.model.providers), self.model.fallback)
                for each in self.model.providers:
                    await stack.enter_async_context(each.open(services))
            nursery = await stack.enter_async_context(trio.open_nursery())
            self._standing = Standing(self.flow, keeper, services, self.flow.begin() if kept is None else kept)
            self._work = Work(self._standing, nursery, self.on_pause, self._post)
            self._events, self._owed, self._call = deque(), [], None
            nursery.start_soon(keeper.keep)
            try:
                yield
            finally:
                self._call = self._work = None
                await keeper.close()
                nursery.cancel_scope.cancel(reason="the session closes")

    def joined(self, call: Call) -> None:
        self._call = call
        work = self._works
        if self.point.begun:
            resumed = self.flow.resume(self.point)
            self._stands.keep(resumed.point)
            self._go_on(resumed.actions)
        work.nursery.start_soon(self._attend, name=f"{self.name} between turns")
        if self.greets and not self._owed:
            call.reply()

    # A turn

    async def run(self, ports: Ports) -> None:
        ports.resume(self.text)
        async for prompt in ports[self.prompt]:
            self._speaking = True
            try:
                await self._turn(prompt, ports)
            finally:
                self._speaking = False
                self._tell()

    async def _turn(self, prompt: Prompt, ports: Ports) -> None:
        if self._owed:
            await ports.committed()
        stands = self._stands
        stands.take_back(prompt.items)
        words, upto = stands.said(prompt.items)
        turn = Turn(prompt, ports, Mouth(ports[self.text]), upto, Heard(stands.point, stands.upto, upto))
        turn.todo, self._owed = self._owed, []
        turned = [Turned(words)] if words or not (turn.todo or self._events) else []
        while True:
            while turn.todo:
                await self._act(turn.todo.pop(0), turn)
            if turned:
                await self._step(turned.pop(), turn)
            elif self._events:
                turn.before = None
                await self._step(self._events.popleft(), turn)
            elif self._is_at_work:
                await turn.mouth.pause()
                await self._wait()
            else:
                break

    @property
    def _is_at_work(self) -> bool:
        """Whether nobody is asked, and something is done that the caller waits for."""
        return self._works.doing > 0 and self.point.thread("ask", "tell", "pause") is None

    async def _step(self, event: Event, turn: Turn) -> None:
        """Take a step when it is certain that this turn is wanted; one that only asks the model, at once."""
        stands = self._stands
        stepped = stands.step(event)
        if stepped is None:
            stepped = Stepped(stands.point, (Speak(self.flow.unclear),) if isinstance(event, Turned) else ())
        if stepped.point != stands.point or not any(isinstance(action, Converse) for action in stepped.actions):
            await turn.ports.committed()
            stands.keep(stepped.point)
            stands.heard(turn.upto)
        turn.todo += self._works.begin(stepped.actions)
        if any(isinstance(action, Run | Await) for action in stepped.actions):
            turn.before = None  # what is begun cannot be taken back
        stands.unheard = turn.before
        if HangUp() in stepped.actions:
            self._hang_up()

    async def _act(self, action: Speak | Converse, turn: Turn) -> None:
        if isinstance(action, Speak):
            return await turn.mouth.say(action.text)
        thread = self.point.thread("ask", "tell")
        if thread is None or thread.at != action.step:  # it went on meanwhile
            return None
        assert self.model is not None, "a flow that wants a model is given one"
        assert isinstance(turn.ports, NodePorts)
        await turn.mouth.pause()
        mind = Mind(self.flow, self.model, self._providers, self, turn.ports)
        found = await mind.converse(self.point, action, turn.prompt, turn.mouth)
        if found.problem:
            turn.ports.mark("flow.unread", step=action.step, problem=found.problem)
        return await self._step(Answered(found), turn)

    # Between turns

    async def _attend(self) -> None:
        """Take the steps that come of what was done and answered while no turn is there to take them."""
        while True:
            while self._events and not self._speaking:
                self._stands.unheard = None
                stepped = self._stands.step(self._events.popleft())
                if stepped is not None:
                    self._stands.keep(stepped.point)
                    self._go_on(stepped.actions)
            await self._news.wait()

    def _go_on(self, actions: Sequence[Action]) -> None:
        """Outside a turn: what is to be said asks for one."""
        owed = bool(self._owed)
        self._owed += self._works.begin(actions)
        if self._owed and not owed and self._call is not None:
            self._call.reply()
        if HangUp() in actions:
            self._hang_up()

    async def _wait(self) -> None:
        """Wait for an event, or for the end of a turn."""
        if not self._events:
            await self._news.wait()
        else:
            await trio.lowlevel.checkpoint()

    def _post(self, event: Event) -> None:
        self._events.append(event)
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()

    def _hang_up(self) -> None:
        if self._call is not None:
            self._call.close(within=self.hang_up_within)
