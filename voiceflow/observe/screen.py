"""A call on the terminal, as it happens: who speaks, the words so far, the reply, and where each turn's time went."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import attrs

from voiceflow.graph import Graph
from voiceflow.observe.waterfall import STAGES, TurnTimes, Waterfall, rest
from voiceflow.trace import Mark

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

_SECOND = 1_000_000_000
_BARS = "▏▎▍▌▋▊▉█"
_INDENT = len("00:00.0  caller ")  # columns of a line before its words
_NARROWEST = 20  # columns for words, however narrow the terminal is
_COLOURS: Final[dict[str, str]] = dict(
    zip(STAGES, ("blue", "magenta", "yellow", "red", "bright_red", "green", "white"), strict=True)
)
_SHADES = "█▓"  # in turns, so that a bar's parts can be told without colour
_CELL = 0.05  # seconds of a cell of that bar


def bar(seconds: float, scale: float = 0.05) -> str:
    """A bar as long as the time it stands for: one cell for `scale` seconds."""
    eighths = round(seconds / scale * 8)
    return "█" * (eighths // 8) + (_BARS[eighths % 8 - 1] if eighths % 8 else "")


def where_the_time_went(turn: TurnTimes) -> str:
    """One line: the response time, and what each stage added to it."""
    if turn.response is None:
        return "not heard"
    parts = " + ".join(f"{stage} {seconds * 1000:.0f}" for stage, seconds in turn.stages() if seconds >= 0.0005)
    return f"{turn.response * 1000:.0f} ms = {parts}"


def stacked(turn: TurnTimes, cells: int) -> Text:
    """The same as a bar of at most so many cells, a part and its colour for each stage."""
    from rich.text import Text

    text, at = Text(), 0.0
    scale = max(_CELL, (turn.response or 0.0) / cells)
    for number, (stage, seconds) in enumerate(turn.stages()):
        begin, at = round(at / scale), at + seconds
        text.append(_SHADES[number % 2] * (round(at / scale) - begin), _COLOURS[stage])
    return text


@attrs.define(eq=False)
class Screen:
    """A reader of the trace that writes to the terminal; `listen_to` the graph to see replies before they are heard.

    Lines that are final scroll, and below them stands what is open; where nobody looks, as in a file, each line that is
    final is one line, however long.
    """

    console: Console
    times: Waterfall = attrs.Factory(Waterfall)
    _live: Live | None = attrs.field(default=None, init=False)
    _user: str = attrs.field(default="", init=False)
    _heard: str = attrs.field(default="", init=False)
    _agent: str = attrs.field(default="", init=False)

    def __enter__(self) -> Self:
        from rich.live import Live

        if self.console.is_terminal:
            self._live = Live(console=self.console, refresh_per_second=12, transient=True)
            self._live.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def listen_to(self, graph: Graph) -> None:
        """Show what the models write as they write it; for before the session is made."""
        self.times.listen_to(graph, self._show)

    def __call__(self, mark: Mark) -> None:
        self.times(mark)
        match mark.name:
            case "state":
                self._user, self._agent = str(mark.values["user"]), str(mark.values["agent"])
            case "transcript":
                self._heard = str(mark.values["text"])
            case "turn.committed":
                self._heard = ""
                spoken = self._turn(mark).speech
                self._line(spoken[0][0] if spoken else mark.t, "caller", str(mark.values["text"]), "bold cyan")
            case "turn.interrupted":
                self._interrupted(mark)
            case "turn.ended":
                self._ended(mark)
            case "node.failed" | "turn.failed":
                self._note(f"{mark.node}: {mark.values['error']}", "red")
            case _:
                return
        self._show()

    def _interrupted(self, mark: Mark) -> None:
        """What was heard, and, struck, what was written and not heard."""
        from rich.text import Text

        heard = str(mark.values["text"])
        lost = rest(self._turn(mark).written, heard)
        line = Text(heard and f"{heard}  ").append("⟂ interrupted", "bold red")
        if lost or not heard:
            line.append("; not heard", "dim").append(lost and ": ", "dim").append(lost, "dim strike")
        self._line(self._turn(mark).audible or mark.t, "agent", line, "bold green")

    def _ended(self, mark: Mark) -> None:
        turn = self._turn(mark)
        if not mark.values["interrupted"]:
            self._line(turn.audible or mark.t, "agent", str(mark.values["text"]) or "(not heard)", "bold green")
        if turn.kind == "answer" and turn.response is not None:
            if self.console.is_terminal:
                self._note(stacked(turn, self._columns))
            self._note(where_the_time_went(turn), "dim")

    def _turn(self, mark: Mark) -> TurnTimes:
        assert mark.turn is not None
        return self.times.turns[mark.turn]

    def _line(self, at: int, who: str, text: str | Text, style: str) -> None:
        from rich.text import Text

        words = Text(text) if isinstance(text, str) else text
        self._print(Text(f"{_clock(at)}  ", "dim").append(f"{who:<7}", style), words)

    def _note(self, text: str | Text, style: str = "") -> None:
        from rich.text import Text

        self._print(Text(" " * _INDENT), Text(text, style) if isinstance(text, str) else text)

    def _print(self, head: Text, words: Text) -> None:
        self._show()  # what is final now is not open any more
        self.console.print(self._hung(head, words), soft_wrap=not self.console.is_terminal)

    @property
    def _columns(self) -> int:
        return max(_NARROWEST, self.console.width - _INDENT)

    def _hung(self, head: Text, words: Text) -> Text:
        """Words that hang from a head of `_INDENT` columns; where nobody looks they are not broken."""
        from rich.text import Text

        if self.console.is_terminal:
            words = Text("\n" + " " * _INDENT).join(words.wrap(self.console, self._columns))
        return head.append_text(words)

    def _show(self) -> None:
        if self._live is not None:
            self._live.update(self.now())

    def now(self) -> Text:
        """What is open: the words so far, what the agent does, and its reply."""
        from rich.text import Text

        line = Text()
        if self._user == "speaking" or self._heard:
            line = self._open("caller", "cyan", self._heard or "…")
        if self._agent in ("thinking", "speaking"):
            written = " ".join(self.times.being_written.split())
            reply = self._open("agent", "green", written if written or self._agent == "speaking" else "… thinks")
            line = line.append("\n").append_text(reply) if line else reply
        return line or Text(" " * _INDENT + "…", "dim")

    def _open(self, who: str, style: str, words: str) -> Text:
        from rich.text import Text

        return self._hung(Text(f"{'●':>7}  {who:<7}", style), Text(words, "italic"))


def _clock(t: int) -> str:
    minutes, seconds = divmod(t / _SECOND, 60)
    return f"{int(minutes):02d}:{seconds:04.1f}"
