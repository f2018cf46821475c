"""Other projects beside ours in the same run: each in its own interpreter, asked in turn."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import attrs

from voiceflow.bench import _peer
from voiceflow.errors import VoiceflowError

# The module by whose presence a project is found in this interpreter.
_MODULES = {name: name for name in _peer.PEERS} | {"livekit": "livekit.agents", "videosdk": "videosdk.agents"}


@attrs.define(eq=False)
class Peer:
    """Another project at work in a process of its own; a context manager."""

    name: str
    python: str
    _process: subprocess.Popen[str] | None = attrs.field(default=None, init=False)

    def __enter__(self) -> Self:
        command = [self.python, _peer.__file__, self.name]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()

    def times(self, deltas: Sequence[str], repeat: int, limit: float) -> dict[str, float]:
        """Microseconds of CPU a character, for each way that the project has; runs stop after `limit` seconds."""
        answer: Mapping[str, tuple[float, int]] = self._ask({"deltas": deltas, "repeat": repeat, "limit": limit})
        return {way: took / fed * 1e6 for way, (took, fed) in answer.items()}

    def split(self, text: str, language: str) -> list[str] | None:
        """The sentences of a text; None where the project splits none, or not in this language."""
        answer: list[str] | None = self._ask({"text": text, "language": language})
        return answer

    def _ask(self, request: Mapping[str, object]) -> Any:
        line = ""
        if self._process is not None and self._process.stdin is not None and self._process.stdout is not None:
            with suppress(BrokenPipeError):
                self._process.stdin.write(json.dumps(request) + "\n")
                self._process.stdin.flush()
                line = self._process.stdout.readline()
        if not line:
            raise VoiceflowError(
                f"{self.python} cannot measure {self.name}; see what `{self.python} {_peer.__file__} {self.name}` says"
            )
        return json.loads(line)


def named(pairs: Sequence[str]) -> list[Peer]:
    """The projects that `NAME=PYTHON` name, and those that are installed beside voiceflow.

    Raises:
        VoiceflowError: a name is unknown, or its interpreter is not there.
    """
    chosen = {name: sys.executable for name, module in _MODULES.items() if _is_here(module)}
    for pair in pairs:
        name, _, python = pair.partition("=")
        if name not in _MODULES or not Path(python).is_file():
            raise VoiceflowError(f"--peer is NAME=PYTHON, NAME one of {', '.join(_MODULES)}; got {pair!r}")
        chosen[name] = python
    return [Peer(name, python) for name, python in chosen.items()]


def _is_here(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
