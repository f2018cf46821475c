"""Appointments at a dentist's: a model speaks with the caller, and finds out what the flow asks for.

While the caller is asked for a name, the calendar is looked up; about what is outside the hours, a person decides.

    voiceflow chat --flow voiceflow.graphs.appointment:flow --model gpt-4o-mini
    voiceflow run voiceflow.graphs.appointment:build           (microphone and loudspeaker: voiceflow[devices])
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any, Literal

import attrs

from voiceflow import Audio, Graph, Node, Outlet, Sink, Speaker
from voiceflow.flow import Ask, Do, End, Flow, FlowNode, Pause, Refused, Route, Say, Split
from voiceflow.graphs import cascade
from voiceflow.nodes.llamacpp import LlamaCpp

Reason = Literal["check-up", "pain", "cleaning"]
OPEN, CLOSED = datetime.time(9), datetime.time(17)
TAKEN = frozenset({datetime.time(10), datetime.time(14)})
"""Of every day, in this example."""


def _weekday(visit: Visit, field: attrs.Attribute[Any], day: datetime.date | None) -> None:
    if day is not None and day.weekday() > 4:
        raise Refused("We are closed on Saturdays and Sundays.")


@attrs.frozen
class Visit:
    """What is known of an appointment."""

    reason: Reason | None = attrs.field(default=None, metadata={"description": "why the caller wants to come"})
    day: datetime.date | None = attrs.field(default=None, validator=_weekday)
    time: datetime.time | None = attrs.field(default=None, metadata={"description": "at what time, 24 hours"})
    name: str | None = attrs.field(default=None, metadata={"description": "the caller's full name"})
    allowed: bool | None = attrs.field(default=None, metadata={"description": "whether the time is all right"})
    free: tuple[str, ...] = ()
    booked: bool = False

    @property
    def is_usual(self) -> bool:
        """Whether it lies within the hours."""
        return self.time is not None and OPEN <= self.time < CLOSED

    @property
    def is_taken(self) -> bool:
        """Whether somebody else comes then."""
        return self.is_usual and f"{self.time:%H:%M}" not in self.free

    @property
    def when(self) -> str:
        """As it is said."""
        return f"{self.day:%A} the {self.day.day}. at {self.time:%H:%M}" if self.day and self.time else ""


def look_up(visit: Visit) -> Mapping[str, Any]:
    """The hours of that day which are free."""
    hours = (datetime.time(hour) for hour in range(OPEN.hour, CLOSED.hour))
    return {"free": tuple(f"{hour:%H:%M}" for hour in hours if hour not in TAKEN)}


def book(visit: Visit) -> Mapping[str, Any]:
    """Where a real one would write it down."""
    return {"booked": True}


def _offered(visit: Visit) -> str:
    return f"I am sorry, that is taken. Free are {', '.join(visit.free[:3])}. When would you like to come?"


def flow() -> Flow[Visit]:
    """The conversation."""
    return Flow(
        "appointment",
        Visit(),
        [
            Say("hello", "Doctor Miller's practice, good morning.", then="reason"),
            Ask(
                "reason",
                "What can I do for you?",
                also=["day", "time", "name"],
                instructions="You are the receptionist of a dentist. Be brief and friendly.",
                attempts=4,
                otherwise="person",
                then="when",
            ),
            Ask("when", "Which day, and at what time?", fields=["day", "time"], also="name", then="both"),
            Split("both", ["calendar", "name"], "chosen"),
            Do("calendar", look_up, fields="free", repeatable=True, otherwise="chosen", then="chosen"),
            Ask("name", "And your name, please?", then="chosen"),
            Say(
                "chosen",
                lambda visit: f"{visit.when}, let me see.",
                then=[
                    Route("again", lambda visit: visit.is_taken, forget="time", label="taken"),
                    Route("allowed", lambda visit: not visit.is_usual, label="outside the hours"),
                    "book",
                ],
            ),
            Ask("again", _offered, fields="time", also="day", then="chosen"),
            Pause(
                "allowed",
                "That is outside our hours. I will ask the doctor.",
                about=lambda visit: f"{visit.name} would like to come on {visit.when}: {visit.reason}.",
                within=120.0,
                otherwise="person",
                then=[Route("book", lambda visit: bool(visit.allowed), label="allowed"), "refused"],
            ),
            Say("refused", "I am sorry, that is not possible.", then=Route("when", forget=["day", "time", "allowed"])),
            Do("book", book, fields="booked", otherwise="person", then="bye"),
            End("bye", lambda visit: f"It is booked. We see you on {visit.when}. Goodbye."),
            End("person", "Somebody will call you back. Goodbye."),
        ],
    )


def build(
    audio: Outlet[Audio] | None = None,
    *,
    model: Node | None = None,
    speaker: Sink | None = None,
    on_pause: Callable[[str, str], object] | None = None,
) -> Graph:
    """A voice graph that makes appointments, from `audio`, or from the microphone; with the embedded model, or another.

    `on_pause` is called when a person is to decide; his answer goes to the flow's node:
    `node.answer("allowed", {"allowed": True})`.
    """
    if audio is None:
        from voiceflow.nodes.sounddevice import LocalAudio

        room = LocalAudio()
        audio, speaker = room.microphone.audio, Speaker(room.loudspeaker)
    node = FlowNode(flow(), model=model or LlamaCpp(context=4096, max_tokens=200), on_pause=on_pause)
    return cascade.build(audio, llm=node, speaker=speaker)
