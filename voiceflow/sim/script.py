"""A simulated conversation as a value: who is there, what is done, and what goes wrong. Written to JSON and read back.

All times are whole milliseconds, so that a script reads well and shrinks to round numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast, get_args

import attrs

from voiceflow.errors import GraphError
from voiceflow.machines.turn_settings import (
    Endpointing,
    EndpointingMode,
    Interruption,
    InterruptionMode,
    MutePolicy,
    OnHint,
    Speculation,
    SpeculationMode,
    TurnSettings,
)

When = Literal["then", "audible", "ended"]
Deed = Literal["speak", "noise", "type", "say", "protect", "stop", "force", "mute"]
Ending = Literal["gone", "close", "leave", "cancel"]
Part = Literal["line", "vad", "stt", "detector", "llm", "tts", "tool", "output"]
Kind = Literal[
    "error", "refused", "disconnect", "stall", "slow", "late", "duplicate", "reorder", "garbage", "lost", "empty"
]

FAULTS: dict[Part, tuple[Kind, ...]] = {
    "line": ("lost", "stall"),
    "vad": ("error", "stall", "late", "duplicate", "reorder", "lost", "garbage"),
    "stt": ("error", "disconnect", "stall", "slow", "late", "duplicate", "reorder", "lost", "garbage"),
    "detector": ("error", "stall", "slow", "late", "duplicate", "lost", "garbage"),
    "llm": ("error", "refused", "disconnect", "stall", "slow", "garbage", "empty"),
    "tts": ("error", "refused", "disconnect", "stall", "slow", "garbage"),
    "tool": ("error", "stall", "slow"),
    "output": ("stall",),
}
"""What may go wrong with each part."""


@attrs.frozen
class Act:
    """Something that the caller or the program does.

    It waits for the one before to be over and then, by `on`, for nothing (`then`), or for the agent to become audible,
    or to end; then `after` milliseconds more. When the agent does nothing for `PATIENCE`, it is done all the same.

    `speak`: `words`, a number among them being a pause of so many milliseconds. `noise` of `ms`. `type`: `words` are
    typed. `say` and `protect`: the program says them, the second protected. `stop` and `force`: the program
    interrupts, the second with force. `mute`: the user is not listened to for `ms`.
    """

    do: Deed
    on: When = "ended"
    after: int = 500
    words: tuple[str | int, ...] = attrs.field(default=(), converter=tuple[str | int, ...])
    ms: int = 0

    @property
    def text(self) -> str:
        return " ".join(word for word in self.words if isinstance(word, str))


PATIENCE = 8_000
"""Milliseconds after which somebody who waits for the agent goes on."""


@attrs.frozen
class Fault:
    """The `job`-th piece of work of a part (an utterance, a prompt, a phrase, a second of the line) goes wrong.

    `at` is how far into it, in percent: 0 before the first output, 100 after the last. `ms` is how long a stall, a
    delay or an outage lasts.
    """

    part: Part
    kind: Kind
    job: int = 0
    at: int = 0
    ms: int = 500


@attrs.frozen
class Setup:
    """Who is there and how they are set: times in milliseconds, but for `seconds`, after which the caller hangs up.

    `ending`: the caller is gone and the agent finishes; or the program closes the session within `close_within`; or
    leaves it; or is cancelled. `calls`: in how many percent of its replies the model calls tools. `timed`: the voice
    tells where its words begin. `fallback`: another provider waits behind the recogniser, the model and the voice. The
    rest are the settings of turn-taking, and median latencies.
    """

    seconds: int = 60
    ending: Ending = "gone"
    close_within: int = 2_000

    vad: bool = True
    detector: bool = False
    fallback: bool = False
    timed: bool = True
    block: int = 160
    speaker_block: int = 100
    lead: int = 0
    vad_silence: int = 320
    stt_latency: int = 200
    detector_latency: int = 60
    llm_latency: int = 250
    token_latency: int = 20
    tts_latency: int = 150
    tool_latency: int = 300
    calls: int = 0

    endpointing: EndpointingMode = "adaptive"
    min_wait: int = 500
    max_wait: int = 800
    interruption: InterruptionMode = "hybrid"
    min_duration: int = 500
    min_words: int = 0
    on_hint: OnHint = "duck"
    release: int = 200
    false_after: int = 2_000
    resume: bool = True
    speculation: SpeculationMode = "llm"
    mute: MutePolicy = "never"
    stall: int = 2_000
    idle: int = 0
    watchdog: int = 20_000

    def turn_settings(self) -> TurnSettings:
        """Raises `GraphError` when a setting is out of its range."""
        return TurnSettings(
            endpointing=Endpointing(
                mode=self.endpointing, min_wait=self.min_wait / 1000, max_wait=self.max_wait / 1000
            ),
            interruption=Interruption(
                mode=self.interruption,
                min_duration=self.min_duration / 1000,
                min_words=self.min_words,
                on_hint=self.on_hint,
                release=self.release / 1000,
                false_after=self.false_after / 1000,
                resume=self.resume,
            ),
            speculation=Speculation(mode=self.speculation),
            mute=self.mute,
            stall=self.stall / 1000,
            idle=self.idle / 1000 if self.idle else None,
            idle_repeats=True,
            watchdog=self.watchdog / 1000,
        )


@attrs.frozen
class Script:
    """One conversation. `seed` draws what the script does not say: latencies, and what the model writes."""

    seed: int = 0
    setup: Setup = attrs.field(factory=Setup)
    acts: tuple[Act, ...] = attrs.field(default=(), converter=tuple[Act, ...])
    faults: tuple[Fault, ...] = attrs.field(default=(), converter=tuple[Fault, ...])

    @property
    def size(self) -> int:
        """How much happens in it."""
        return sum(1 + len(act.words) for act in self.acts) + len(self.faults)


def to_json(script: Script) -> dict[str, Any]:
    """The script without what is as it is by default."""
    written: dict[str, Any] = {"seed": script.seed, "setup": _changed(script.setup)}
    written["acts"] = [_changed(act) for act in script.acts]
    written["faults"] = [_changed(fault) for fault in script.faults]
    return written


def _changed(value: attrs.AttrsInstance) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in attrs.fields(type(value)):
        now = getattr(value, field.name)
        if field.default is attrs.NOTHING or now != field.default:
            found[field.name] = list(cast("tuple[object, ...]", now)) if isinstance(now, tuple) else now
    return found


def from_json(data: object) -> Script:
    """What `to_json` wrote.

    Raises:
        GraphError: it is no script; the message names what was found.
    """
    whole = _mapping(data, "a script", {"seed", "setup", "acts", "faults"})
    return Script(
        seed=_int(whole.get("seed", 0), "seed"),
        setup=_value(Setup, whole.get("setup", {}), "setup"),
        acts=tuple(_value(Act, each, f"acts[{n}]") for n, each in enumerate(_list(whole.get("acts", []), "acts"))),
        faults=tuple(
            _value(Fault, each, f"faults[{n}]") for n, each in enumerate(_list(whole.get("faults", []), "faults"))
        ),
    )


def _mapping(data: object, where: str, allowed: set[str]) -> Mapping[str, object]:
    if not isinstance(data, dict):
        raise GraphError(f"{where} is a JSON object; got {type(data).__name__}")
    found = cast("dict[str, object]", data)
    if unknown := set(found) - allowed:
        raise GraphError(f"{where} has {', '.join(sorted(allowed))}; got {', '.join(sorted(unknown))}")
    return found


def _list(data: object, where: str) -> list[object]:
    if not isinstance(data, list):
        raise GraphError(f"{where} is a JSON list; got {type(data).__name__}")
    return cast("list[object]", data)


def _int(data: object, where: str) -> int:
    if not isinstance(data, int) or isinstance(data, bool):
        raise GraphError(f"{where} is a whole number; got {data!r}")
    return data


def _value(kind: type[attrs.AttrsInstance], data: object, where: str) -> Any:
    fields = {field.name: field for field in attrs.fields(kind)}
    given = _mapping(data, where, set(fields))
    for name, value in given.items():
        _check(fields[name], value, f"{where}.{name}")
    made: Any = kind
    try:
        return made(**given)
    except TypeError as error:
        raise GraphError(f"{where}: {error}") from None


_CHOICES: dict[str, Any] = {
    "When": When,
    "Deed": Deed,
    "Ending": Ending,
    "Part": Part,
    "Kind": Kind,
    "EndpointingMode": EndpointingMode,
    "InterruptionMode": InterruptionMode,
    "OnHint": OnHint,
    "SpeculationMode": SpeculationMode,
    "MutePolicy": MutePolicy,
}


def _check(field: attrs.Attribute[Any], value: object, where: str) -> None:
    kind = str(field.type)
    if kind in _CHOICES:
        if value not in get_args(_CHOICES[kind]):
            raise GraphError(f"{where} is one of {', '.join(get_args(_CHOICES[kind]))}; got {value!r}")
    elif kind == "bool":
        if not isinstance(value, bool):
            raise GraphError(f"{where} is true or false; got {value!r}")
    elif kind == "int":
        if _int(value, where) < 0:
            raise GraphError(f"{where} is 0 or more; got {value!r}")
    elif not all(isinstance(each, str | int) for each in _list(value, where)):
        raise GraphError(f"{where} is a list of words, and of pauses in milliseconds; got {value!r}")
