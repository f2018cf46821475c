"""What a step of a flow does: once, to its end, and whatever it raises ends no call."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Mapping
from typing import Any, cast

import attrs
import trio

from voiceflow.errors import describe
from voiceflow.flow.flow import Flow
from voiceflow.flow.keeper import Keeper
from voiceflow.machines.flow_point import Done, Failed, Run
from voiceflow.machines.flow_steps import Do
from voiceflow.services import Services

_THREADS = 8  # sync functions of flows that work at the same time
_LOG = logging.getLogger("voiceflow.flow")
"""Where what a step raised is told in full: a trace hears the type of it alone."""


@attrs.frozen(eq=False)
class Errand:
    """One time that a step does what it does."""

    flow: Flow[Any]
    action: Run
    services: Services = attrs.field(repr=False)
    keeper: Keeper = attrs.field(repr=False)

    @property
    def step(self) -> Do[Any]:
        """Whose function it is."""
        step = self.flow.steps[self.action.step]
        assert isinstance(step, Do), "a Do is what is run"
        return step

    async def run(self) -> Done | Failed:
        """Do it, and give what came of it. A call that is resumed knows that it had begun."""
        await self.keeper.flush()
        step, made = self.step, dict[str, Any]()
        problem: BaseException | str = f"it took longer than {step.within:g} s"
        try:
            with trio.move_on_after(step.within):
                values = await self._result()
                made, problem = self._looked_at(values)
        except* Exception as group:  # anybody's code, in the middle of a call
            problem = group.exceptions[0] if len(group.exceptions) == 1 else group
            _LOG.error("the step %s of the flow %s failed", step.name, self.flow.name, exc_info=problem)
        if not problem:
            return Done(self.action.serial, made)
        told = problem if isinstance(problem, str) else describe(problem)
        self.services.mark("flow.failed", step=step.name, error=told)
        return Failed(self.action.serial)

    async def _result(self) -> Any:
        run, state = self.step.run, self.action.state
        if inspect.iscoroutinefunction(run):
            return await run(state)
        made = await self.services.compute(run, state, model="flow", width=_THREADS)
        return await made if inspect.isawaitable(made) else made  # a partial of an async function, say

    def _looked_at(self, values: object) -> tuple[dict[str, Any], str]:
        """What it gave, by field, and what is wrong with that; None gives nothing."""
        if values is None:
            return {}, ""
        if not isinstance(values, Mapping):
            return {}, f"it gave a {type(values).__name__}; expected values by field, or None"
        given = dict(cast("Mapping[str, Any]", values))
        if others := sorted(given.keys() - set(self.step.fields)):
            known = ", ".join(self.step.fields)
            return {}, f"it gave {', '.join(others)}; expected no other fields than {known}"
        try:
            self.flow.states.change(self.action.state, given)
        except (ValueError, TypeError) as error:
            return {}, f"it gave what the state refuses: {type(error).__name__}"
        return given, ""
