"""A call on the terminal, as it happens: who speaks, the words so far, the reply, and where each turn's time went."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

import attrs

from voiceflow.observe.waterfall import TurnTimes, Waterfall
from voiceflow.trace import Mark

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

_SECOND = 1_000_000_000
_BARS = "▏▎▍▌▋▊▉█"


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


@attrs.define(eq=False)
class Screen:
    """A reader of the trace that writes to the terminal.

    Lines that are final scroll; on a terminal the last line is live. Turns that are not heard yet show no reply.
    """

    console: Console
    times: Waterfall = attrs.Factory(Waterfall)
    _live: Live | None = attrs.field(default=None, init=False)
    _user: str = attrs.field(default="", init=False)
    _heard: str = attrs.field(default="", init=False)
    _reply: str = attrs.field(default="", init=False)
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

    def phrase(self, text: str) -> None:
        """A phrase of the reply goes to the voice."""
        self._reply = f"{self._reply} {text}".strip()
        self._show()

    def __call__(self, mark: Mark) -> None:
        self.times(mark)
        match mark.name:
            case "state":
                self._user, self._agent = str(mark.values["user"]), str(mark.values["agent"])
            case "transcript":
                self._heard = str(mark.values["text"])
            case "turn.committed":
                self._line(mark, "caller", str(mark.values["text"]), "bold cyan")
                self._heard = ""
            case "turn.interrupted":
                self._line(mark, "agent", str(mark.values["text"]) or "(not heard)", "bold green", cut=True)
            case "turn.ended":
                self._ended(mark)
            case "node.failed" | "turn.failed":
                self._note(mark, f"{mark.node}: {mark.values['error']}", "red")
            case _:
                return
        self._show()

    def _ended(self, mark: Mark) -> None:
        assert mark.turn is not None
        if not mark.values["interrupted"]:
            self._line(mark, "agent", str(mark.values["text"]), "bold green")
        turn = self.times.turns[mark.turn]
        if turn.kind == "answer":
            self._note(mark, where_the_time_went(turn), "dim")
        self._reply = ""

    def _line(self, mark: Mark, who: str, text: str, style: str, *, cut: bool = False) -> None:
        from rich.text import Text

        line = Text(f"{_clock(mark.t)}  ", "dim").append(f"{who:<7}", style).append(text)
        if cut:
            line.append("  ⟂ interrupted", "bold red")
        self.console.print(line)

    def _note(self, mark: Mark, text: str, style: str) -> None:
        from rich.text import Text

        self.console.print(Text(f"{' ' * len(_clock(mark.t))}         {text}", style))

    def _show(self) -> None:
        if self._live is not None:
            self._live.update(self.now())

    def now(self) -> Text:
        """The live line: the words so far, what the agent does, and its reply."""
        from rich.text import Text

        line = Text()
        if self._user == "speaking" or self._heard:
            line.append("● caller ", "cyan").append(self._heard or "…", "italic")
        if self._agent in ("thinking", "speaking"):
            line.append(("\n" if line else "") + f"● agent {self._agent} ", "green").append(self._reply, "italic")
        return line or Text("  …", "dim")


def _clock(t: int) -> str:
    minutes, seconds = divmod(t / _SECOND, 60)
    return f"{int(minutes):02d}:{seconds:04.1f}"
