"""Where the time of a turn went: from the end of the user's speech to the first audible sample, stage by stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import attrs

from voiceflow.frames import Prompt, Text
from voiceflow.graph import Graph
from voiceflow.ports import Outlet
from voiceflow.trace import Mark

_SECOND = 1_000_000_000

STAGES = ("vad wait", "transcript", "end of turn", "first token", "first phrase", "first audio", "sink")
"""The stages of a response, in the order in which each waits for the one before."""

_FIRSTS = {"Text": "first token", "Phrase": "first phrase", "Spoken": "first audio"}


@attrs.define
class TurnTimes:
    """The instants of one turn, in nanoseconds of the session's clock; None for what did not happen."""

    turn: int
    kind: str = "answer"
    speech_end: int | None = None
    marks: dict[str, int] = attrs.Factory(dict[str, int])
    """When each of `STAGES` was passed."""
    sounded: int | None = None
    """When its first sample sounded, by the word of a player that is far away."""
    ended: int | None = None
    tokens: int = 0
    """The pieces of text that the model wrote, and `done` when it had written the last."""
    done: int | None = None
    interrupted: int | None = None
    user: str = ""
    written: str = ""
    """What the model wrote, heard or not; see `Waterfall.listen_to`."""
    heard: str = ""
    speech: tuple[tuple[int, int], ...] = ()
    """When the user spoke, as the VAD heard it."""

    @property
    def unheard(self) -> str:
        """What was written and cut off; empty as well when that was not listened to."""
        return rest(self.written, self.heard) if self.interrupted is not None else ""

    @property
    def audible(self) -> int | None:
        return self.marks.get("sink")

    @property
    def response(self) -> float | None:
        """Seconds from the last voiced sample of the user to the first audible one of the agent."""
        if self.speech_end is None or self.audible is None:
            return None
        return (self.audible - self.speech_end) / _SECOND

    @property
    def latency(self) -> float | None:
        """Seconds from the last voiced sample of the user to the first that sounded far away, as its player says.

        Both ways to the player are in it: the user's to where this clock is, and the player's word's.
        """
        if self.speech_end is None or self.sounded is None:
            return None
        return (self.sounded - self.speech_end) / _SECOND

    @property
    def tokens_per_second(self) -> float | None:
        """From the first token to the end of what the model wrote; None where it did not write for a while."""
        began = self.marks.get("first token")
        if began is None or self.done is None or self.done <= began or self.tokens < 2:
            return None
        return (self.tokens - 1) * _SECOND / (self.done - began)

    def stages(self) -> list[tuple[str, float]]:
        """How many seconds each stage added after the one before it was passed; what came early adds nothing."""
        if self.speech_end is None:
            return []
        found: list[tuple[str, float]] = []
        at = self.speech_end
        for stage in STAGES:
            passed = self.marks.get(stage)
            if passed is not None:
                found.append((stage, max(0, passed - at) / _SECOND))
                at = max(at, passed)
        return found


def rest(written: str, heard: str) -> str:
    """What lies behind the beginning of a text that was heard; empty where that is none of it."""
    words, known = written.split(), heard.split()
    return " ".join(words[len(known) :]) if words[: len(known)] == known else ""


@attrs.define
class Waterfall:
    """A reader of the trace that takes it apart into turns.

    The trace does not hold what was written and not heard: `listen_to` the graph for it before the session is made.
    """

    turns: dict[int, TurnTimes] = attrs.Factory(dict[int, TurnTimes])
    _heard: dict[str, int] = attrs.field(factory=dict[str, int], init=False)
    """When the VAD and the recogniser last gave their verdict on the user's open turn."""
    _speech: list[tuple[int, int]] = attrs.field(factory=list[tuple[int, int]], init=False)
    _since: int | None = attrs.field(default=None, init=False)
    _writing: int | None = attrs.field(default=None, init=False)
    """The turn whose model writes."""

    def listen_to(self, graph: Graph, look: Callable[[], object] = lambda: None) -> None:
        """Take down what the models write, and call `look()` after each piece of it."""

        def write(piece: Text) -> None:
            if self._writing in self.turns:
                self.turns[self._writing].written += piece.text
            look()

        for node in graph.nodes.values():
            if any(inlet.kind is Prompt for inlet in node.inlets().values()):
                for name in (port.name for port in node.outlets().values() if port.kind is Text):
                    graph.tap(cast(Outlet[Text], getattr(node, name)), write)

    @property
    def being_written(self) -> str:
        """What the model has written of the turn that it wrote last, unless that has ended."""
        turn = self.turns.get(self._writing) if self._writing is not None else None
        return turn.written if turn is not None and turn.ended is None else ""

    def __call__(self, mark: Mark) -> None:
        match mark.name:
            case "speech":
                self._hear(mark)
            case "transcript" if mark.values["stage"] == "final":
                self._heard["transcript"] = mark.t
            case "turn.committed":
                self._commit(mark)
            case "first" if mark.turn is not None and str(mark.values["kind"]) in _FIRSTS:
                self._turn(mark).marks.setdefault(_FIRSTS[str(mark.values["kind"])], mark.t)
                self._writing = mark.turn if mark.values["kind"] == "Text" else self._writing
            case "guess.abandoned" if mark.turn is not None:
                self.turns.pop(mark.turn, None)  # it was never heard of
            case "turn.started":
                self._turn(mark).kind = str(mark.values["kind"])
            case "turn.audible":
                self._turn(mark).marks["sink"] = mark.t
            case "turn.heard":
                self._turn(mark).sounded = int(str(mark.values["at"]))
            case "written" if mark.turn is not None:
                turn = self._turn(mark)
                turn.tokens, turn.done = int(str(mark.values["tokens"])), mark.t
            case "turn.interrupted":
                self._turn(mark).interrupted = mark.t
            case "turn.ended":
                turn = self._turn(mark)
                turn.ended, turn.heard = mark.t, _text(mark.values)
            case _:
                pass

    def _hear(self, mark: Mark) -> None:
        at = int(str(mark.values["at"]))
        if mark.values["active"]:
            self._since = at if self._since is None else self._since
            return
        self._heard["vad wait"] = mark.t
        if self._since is not None:
            self._speech.append((self._since, at))
        self._since = None

    def _turn(self, mark: Mark) -> TurnTimes:
        assert mark.turn is not None
        return self.turns.setdefault(mark.turn, TurnTimes(mark.turn))

    def _commit(self, mark: Mark) -> None:
        turn = self._turn(mark)
        turn.speech_end = int(str(mark.values["speech_end"]))
        turn.user = _text(mark.values)
        turn.marks |= {stage: at for stage, at in self._heard.items() if at >= turn.speech_end}
        turn.marks["end of turn"] = mark.t
        turn.speech = tuple(self._speech)
        self._speech, self._heard = [], {}


def _text(values: Mapping[str, object]) -> str:
    return str(values.get("text", ""))
