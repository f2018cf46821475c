"""A point of a flow as JSON, and back: what a checkpoint holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from voiceflow.errors import VoiceflowError
from voiceflow.flow.flow import Flow
from voiceflow.machines.flow_point import Phase, Point, Thread
from voiceflow.tools.mismatch import Mismatch

_VERSION = 1
_STANDS: Mapping[Phase, str] = {
    "ask": "Ask",
    "tell": "Say",
    "do": "Do",
    "pause": "Pause",
    "split": "Split",
    "ended": "End",
}
"""At which kind of step a thread can be in a phase; in the others it may be at any."""


class PointError(VoiceflowError):
    """What was kept is no point of this flow: it is damaged, or the flow was changed."""


def to_json(flow: Flow[Any], point: Point) -> dict[str, Any]:
    """A point, as JSON has it.

    Raises:
        TypeError, ValueError: the state has a value that is nothing JSON could say.
    """
    threads = [
        {
            **attrs.asdict(each, filter=lambda field, _: field.name != "state"),
            "state": flow.states.to_json(each.state),
        }
        for each in point.threads
    ]
    return {"version": _VERSION, "flow": flow.name, "serial": point.serial, "threads": threads}


def from_json(flow: Flow[Any], data: Mapping[str, Any]) -> Point:
    """The point that `to_json` wrote.

    Raises:
        PointError: it is none of this flow, with what is wrong.
    """
    if data.get("version") != _VERSION or data.get("flow") != flow.name:
        raise PointError(
            f"expected a point of the flow {flow.name!r}, version {_VERSION}; "
            f"got one of {data.get('flow')!r}, version {data.get('version')!r}"
        )
    try:
        threads = tuple(_thread(flow, each) for each in data["threads"])
        point = Point(threads, int(data["serial"]))
    except (KeyError, IndexError, AttributeError, TypeError, ValueError, Mismatch) as error:
        raise PointError(
            f"expected a point of the flow {flow.name!r}, got one that cannot be read ({type(error).__name__})"
        ) from error
    _check(flow, point)
    return point


def _thread(flow: Flow[Any], data: Mapping[str, Any]) -> Thread:
    values: dict[str, Any] = {**data, "path": tuple(data["path"]), "back": tuple(data["back"])}
    values["state"] = flow.states.from_json(data["state"])
    return Thread(**values)


def _check(flow: Flow[Any], point: Point) -> None:
    for thread in point.threads:
        for name in (thread.at, *thread.back):
            if name not in flow.steps:
                raise PointError(
                    f"a point of the flow {flow.name!r} stands at {name!r}, which it has not (any more); "
                    f"there are {', '.join(flow.steps)}"
                )
        kind = type(flow.steps[thread.at]).__name__
        if _STANDS.get(thread.phase, kind) != kind:
            raise PointError(
                f"a point of the flow {flow.name!r} stands at {thread.at!r} as at a {_STANDS[thread.phase]}, and that "
                f"is a {kind} now"
            )
    paths = [thread.path for thread in point.threads]
    if paths[:1] != [()] or any(path[:-1] not in paths for path in paths[1:]):
        raise PointError(f"a point of the flow {flow.name!r} has branches without their split")
