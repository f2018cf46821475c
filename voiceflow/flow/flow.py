"""A conversation that goes from step to step: a value, made once, and gone through by as many calls as there are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from voiceflow.flow.check import Shape, by_name
from voiceflow.flow.state import StateKind
from voiceflow.machines.answer_stream import RESPONSE, VALUES
from voiceflow.machines.flow import FlowMachine
from voiceflow.machines.flow_point import Converse, Event, Point, Stepped
from voiceflow.machines.flow_steps import Ask, Interrupt, Pause, Say, Step

S = TypeVar("S")


class Flow(Generic[S]):
    """Steps from a first state to an end; the first of them, or `start`, is where it begins.

    `unclear` is said to a caller who was not understood, where a step has no words of its own for that.

    Raises:
        GraphError: it cannot be gone through; with the step, and what was expected.
    """

    def __init__(
        self,
        name: str,
        state: S,
        steps: Iterable[Step[S]],
        *,
        start: str = "",
        interrupts: Iterable[Interrupt] = (),
        unclear: str = "Sorry, I did not get that.",
    ) -> None:
        self.name: Final = name
        self.state: Final = state
        self.steps: Final[Mapping[str, Step[S]]] = MappingProxyType(by_name(name, steps))
        self.start: Final = start or next(iter(self.steps))
        self.interrupts: Final = tuple(interrupts)
        self.unclear: Final = unclear
        self.states: Final = StateKind.of(name, state)
        Shape(name, self.start, self.steps, self.interrupts, self.states, state).check()
        self._machine: Final = FlowMachine(self.steps, self.start, self.states, self.interrupts, unclear)

    def __repr__(self) -> str:
        return f"<Flow {self.name}: {', '.join(self.steps)}>"

    def begin(self) -> Point:
        """Where it stands before anything was said."""
        return self._machine.begin(self.state)

    def step(self, point: Point, event: Event) -> Stepped:
        """What comes of an event at a point. Raises as `FlowMachine.step`."""
        return self._machine.step(point, event)

    def resume(self, point: Point) -> Stepped:
        """Go on from a point that was kept."""
        return self._machine.resume(point)

    @property
    def wants_model(self) -> str:
        """The first step that a model has a part in, or ""."""
        steps = self.steps.values()
        asks = (each.name for each in steps if isinstance(each, Ask) and each.read is None)
        return next(asks, "") or next((each.name for each in steps if isinstance(each, Say) and each.instructions), "")

    # What a model is told

    def told(self, point: Point, converse: Converse) -> str:
        """What the model is told of the step that it is to speak for."""
        step = self.steps[converse.step]
        own = getattr(step, "instructions", "")
        return "\n".join([own, *self._asked(point, converse)] if converse.fields else [own]).strip()

    def _asked(self, point: Point, converse: Converse) -> list[str]:
        thread = point.thread("ask")
        state = self.state if thread is None else thread.state
        known = {name: value for name, value in self.states.to_json(state).items() if name in converse.fields}
        told = [f"- {self.states.fields[name].words}" for name in converse.fields]
        facts = {name: value for name, value in known.items() if value is not None}
        wanted = (
            "Ask the user for what is missing, in one short sentence."
            if converse.opening
            else "Answer what the user asks. If something is missing, ask for it, in one short sentence. "
            "If nothing is, say so in a few words and ask nothing: what comes next is asked for you."
        )
        return [
            "Find out from the user:",
            *told,
            f"Known so far: {json.dumps(facts, ensure_ascii=False)}.",
            wanted,
            f"Answer with one JSON object: {RESPONSE} is what you say to the user; {VALUES} has what the user has said "
            "of the above, and null where nothing was said.",
        ]

    def answer_schema(self, converse: Converse) -> dict[str, Any] | None:
        """The JSON Schema that the model's answer is held to; None for plain text."""
        if not converse.fields:
            return None
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {RESPONSE: {"type": "string"}, VALUES: self.states.schema(converse.fields)},
            "required": [RESPONSE, VALUES],
            "additionalProperties": False,
        }
        return {**schema, "$defs": dict(self.states.definitions)} if self.states.definitions else schema

    # From outside

    def check_given(self, point: Point, name: str, values: Mapping[str, Any]) -> None:
        """Whether somebody outside may give these values.

        Raises:
            LookupError: nothing is waited for at this step.
            ValueError: the values are not what is waited for; says of each field what was expected.
        """
        thread = next((each for each in point.threads if each.phase == "pause" and each.at == name), None)
        step = self.steps.get(name)
        if thread is None or not isinstance(step, Pause):
            waits = ", ".join(each.at for each in point.threads if each.phase == "pause") or "no step"
            raise LookupError(f"{name!r} does not wait for an answer; in this call {waits} does")
        unknown = values.keys() - set(step.fields)
        taken = self.states.take(thread.state, values, step.fields)
        wrong = {*unknown, *taken.refused, *self.states.missing(taken.state, step.fields)}
        if wrong:
            expected = "; ".join(self.states.fields[field].words for field in step.fields)
            told = "".join(f" {field}: {why}" for field, why in taken.refused.items() if why)
            raise ValueError(f"{name!r} waits for {expected}. Wrong or missing: {', '.join(sorted(wrong))}.{told}")
