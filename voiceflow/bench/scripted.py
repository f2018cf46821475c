"""Calls as files: the recording of a caller, or what one says, and when, as people write it: TOML, or the same as JSON.

about = "Cuts into a long answer."

[[steps]]
clip = "story.flac"            # a sound file, from this file's folder; or `loud`: so many seconds of sound
words = "Tell me a story."     # what it says, for whoever reads this
trigger = "start"              # or reply_audible, reply_ended
seconds = 1.0                  # after that
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any, Final, cast

import attrs
import numpy as np

from voiceflow._usage import meant
from voiceflow.caller import Caller, Step
from voiceflow.errors import GraphError, ProviderError, VoiceflowError
from voiceflow.frames import Samples
from voiceflow.graph import Graph
from voiceflow.sound_file import read_audio
from voiceflow.speaker import Speaker

_RATE: Final = 16000
_LOUD: Final = 4000
"""The value of each sample of `loud`: speech, for stubs that go by that alone."""
_TRIGGERS: Final = ("start", "reply_audible", "reply_ended")

Check = Callable[[object], bool]


def _number(least: float, most: float) -> Check:
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most


def _text(value: object) -> bool:
    return isinstance(value, str)


_CALL: Final[Mapping[str, tuple[str, Check]]] = {
    "about": ("a text", _text),
    "voice": ("a text", _text),
    "noise": ("a number from 0 to 3000", _number(0, 3000)),
    "steps": ("a list of tables", lambda value: isinstance(value, list) and bool(cast("list[object]", value))),
}
_STEP: Final[Mapping[str, tuple[str, Check]]] = {
    "clip": ("the name of a sound file", _text),
    "loud": ("seconds, from 0.02 to 60", _number(0.02, 60)),
    "words": ("a text", _text),
    "trigger": (f"one of {', '.join(_TRIGGERS)}", lambda value: value in _TRIGGERS),
    "seconds": ("seconds, from 0 to 600", _number(0, 600)),
    "patience": ("seconds, from 0 to 600", _number(0, 600)),
}


@attrs.frozen
class Script:
    """A call: its caller's steps, and the noise of the line (RMS, in steps of int16)."""

    steps: tuple[Step, ...]
    about: str = ""
    noise: float = 4.0

    def call(self, build: Callable[..., object], where: str) -> Graph:
        """This caller, and the agent that `build(audio, speaker=speaker)` makes for it.

        Raises:
            GraphError: it cannot be called so, or gives no graph in which both are.
        """
        caller, speaker = Caller(self.steps, noise=self.noise), Speaker()
        graph = _built(build, where, caller, speaker)
        for node, what in ((caller, "listens to `audio`"), (speaker, "ends with `speaker`")):
            if not any(each is node for each in graph.nodes.values()):
                raise GraphError(f"{where} gives a graph of which nothing {what}; connect what it was given")
        return graph.connect(speaker.activity, caller.agent)


def _built(build: Callable[..., object], where: str, caller: Caller, speaker: Speaker) -> Graph:
    wanted = "def build(audio: Outlet[Audio], speaker: Sink) -> Graph"
    try:
        signature(build).bind(caller.audio, speaker=speaker)
    except TypeError as error:
        raise GraphError(f"{where} takes no caller ({error}); with --calls it is {wanted}, as for serve") from error
    made = build(caller.audio, speaker=speaker)
    if not isinstance(made, Graph):
        raise GraphError(f"{where} gives {type(made).__name__}; with --calls it is {wanted}")
    return made


def read(path: Path) -> Script:
    """The call of a file: a script if it is TOML or JSON, else the recording of a caller, as it is from the beginning.

    Raises:
        VoiceflowError: it cannot be read, or is none; with the file, the step, the field, and what belongs there.
    """
    if path.suffix not in (".toml", ".json"):
        return Script((Step(clip(path, "the call"), "", "start", 0.0),), f"the recording {path.name}", noise=0.0)
    found = _table(path)
    _check(found, _CALL, str(path))
    if "steps" not in found:
        raise VoiceflowError(f"{path} has no steps; give at least one [[steps]]")
    tables: Sequence[object] = found["steps"]
    steps = tuple(_step(table, path, number) for number, table in enumerate(tables, 1))
    return Script(steps, found.get("about", ""), float(found.get("noise", 4.0)))


def _table(path: Path) -> Mapping[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
        found: object = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    except OSError as error:
        raise VoiceflowError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        kind = "JSON" if path.suffix == ".json" else "TOML"
        raise VoiceflowError(f"{path} is no {kind}: {error}") from error
    if not isinstance(found, dict):
        raise VoiceflowError(f"{path} is {type(found).__name__}; expected a table with steps")
    return cast("dict[str, Any]", found)


def _check(found: Mapping[str, object], fields: Mapping[str, tuple[str, Check]], where: str) -> None:
    for name, value in found.items():
        if name not in fields:
            known = ", ".join(fields)
            raise VoiceflowError(f"{where}: there is no {name!r}{meant(name, fields)} (there are: {known})")
        wanted, good = fields[name]
        if not good(value):
            raise VoiceflowError(f"{where}: {name} is {wanted}; got {value!r}")


def _step(table: object, path: Path, number: int) -> Step:
    where = f"{path}, step {number}"
    if not isinstance(table, dict):
        raise VoiceflowError(f"{where} is {type(table).__name__}; expected a table")
    found = cast("dict[str, Any]", table)
    _check(found, _STEP, where)
    timing = {name: found[name] for name in ("trigger", "seconds", "patience") if name in found}
    return Step(_sound(found, path, where), found.get("words", ""), **timing)


def _sound(found: Mapping[str, Any], path: Path, where: str) -> Samples:
    if ("clip" in found) == ("loud" in found):
        raise VoiceflowError(
            f"{where} has {'both' if 'clip' in found else 'neither'} of clip and loud; give one of them"
        )
    if "loud" in found:
        return np.full(round(found["loud"] * _RATE), _LOUD, np.int16)
    return clip(path.parent / found["clip"], where)


def clip(path: Path, where: str) -> Samples:
    """A sound file as a caller says it.

    Raises:
        VoiceflowError: it cannot be read; `where` it was named, and why.
    """
    try:
        return read_audio(path, _RATE)
    except ProviderError as error:
        raise VoiceflowError(f"{where}: {error}") from error
