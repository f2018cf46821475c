"""Keeps calls on disk as they go: their sound, their traces, and what was said."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Literal, cast

import attrs

from voiceflow.errors import ProviderError
from voiceflow.nodes.recorder import Recorder
from voiceflow.observe.trace_file import Redact, TraceFile
from voiceflow.serve.ear import Ear
from voiceflow.serve.mouth import Mouth
from voiceflow.session import Session
from voiceflow.trace import Mark

_LAG = 0.4
"""Seconds for which a side that sends nothing is waited for. Sound that a bad line brings later is heard, and not
recorded."""
_STEP = 0.2
"""Seconds that are written at a time: with the lag and a block a killed process loses 0.62 s. It has a third of a
second for being late itself before that is the last second. A write is a hop into a thread, about 0.1 ms."""


@attrs.frozen
class Recordings:
    """Keeps each call in `folder`: NAME.wav (the caller left, the agent right), NAME.jsonl and NAME.txt.

    `redact` is for the trace; with any but "none", sound and words are not kept at all. `format` is the sound's.
    """

    folder: Path
    redact: Redact = "none"
    format: Literal["wav", "flac", "ogg"] = "wav"

    @contextmanager
    def keeping(self, id: str, ear: Ear, mouth: Mouth, session: Session) -> Generator[None, None, None]:
        """Keep a call while this is open; entered before its session is.

        Raises:
            ProviderError: the folder cannot be written to; not retryable.
        """
        base = self.folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{id}"
        self._make_folder()
        with ExitStack() as stack:
            stack.enter_context(TraceFile(base.with_suffix(".jsonl"), self.redact).reading(session.trace))
            if self.redact == "none":
                recorder = Recorder(str(base.with_suffix(f".{self.format}")), lag=_LAG, step=_STEP)
                session.graph.connect(ear.audio, recorder.caller).connect(mouth.audio, recorder.agent)
                file = stack.enter_context(
                    base.with_suffix(".txt").open("w", encoding="utf-8", errors="backslashreplace")
                )
                stack.callback(session.trace.subscribe(_Minutes(file)))
            yield

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ProviderError(
                f"recordings cannot be kept in {self.folder}: {error.strerror}", retryable=False
            ) from error


@attrs.define(eq=False)
class _Minutes:
    """A reader of the trace that writes what was said: a line for each message, as it was heard; in a room, whose."""

    file: IO[str]
    full: bool = False

    def __call__(self, mark: Mark) -> None:
        line = _line(mark)
        if not line or self.full:
            return
        try:
            self.file.write(f"{mark.t / 1e9:8.2f} {line}\n")
            self.file.flush()
        except OSError:  # the disk is full: the file ends, and the call goes on
            self.full = True


def _line(mark: Mark) -> str:
    if mark.name == "history":
        return f"{mark.values['role']}: {mark.values['text']}{' [interrupted]' if mark.values['interrupted'] else ''}"
    if mark.name == "room.said":
        return f"said by {', '.join(cast(Sequence[str], mark.values['speakers'])) or 'somebody'}"
    return ""
