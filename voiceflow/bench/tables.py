"""A report as tables: the same rows for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from voiceflow.bench.figures import Distribution, Report, TurnFigures
from voiceflow.observe.screen import bar
from voiceflow.observe.waterfall import STAGES

if TYPE_CHECKING:
    from rich.console import Console


IN_WORDS: Final = ("value", "share of the median")
"""Columns that hold no figures."""
_GAP = 3  # characters between two columns in a terminal


@attrs.frozen
class Section:
    """One table: the first column holds names, the others figures."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def sections(report: Report) -> Iterator[Section]:
    """Everything that a report says, what matters most first."""
    short = "" if len(report.calls) == report.asked else f" ({len(report.calls)} of {report.asked} calls)"
    yield Section(
        f"From the end of the user's speech to the first audible sample, ms{short}",
        ("stage", "n", "p50", "p95", "p99", "max", "share of the median"),
        _shares(report.latencies()),
        "each stage from when the one before it was passed; quantiles by nearest rank: with few turns p99 is the max",
    )
    yield Section("Each turn, ms", ("turn", "response", *STAGES, "cut"), list(_turns(report)))
    yield Section(
        "Interruptions, ms",
        ("from -> to", "n", "p50", "p95", "p99", "max"),
        [_quantiles(name, each) for name, each in report.cuts().items()],
        "audio wasted: synthesised and never played",
    )
    yield Section("Load", ("what", "value"), [(name, _plain(value)) for name, value in report.load().items()])
    yield Section(
        "Wires of the session",
        ("wire", "peak", "holds", "oldest, ms", "frames", "dropped"),
        [
            (name, f"{w.peak:.2f}", f"{w.capacity:g}", in_ms(w.age), str(w.sent), str(w.dropped))
            for name, w in report.wires().items()
        ],
        "peak and room in seconds of audio, or items",
    )
    made = list(report.made_with.items())
    calls = [f"{call.seconds:.1f} s after {call.opening:.1f} s of opening" for call in report.calls]
    failed = [(f"call {n} failed", call.failed) for n, call in enumerate(report.calls, 1) if call.failed]
    yield Section(
        "Made with", ("what", "value"), [("graph", report.graph), ("calls", "; ".join(calls)), *made, *failed]
    )


def _shares(latencies: Mapping[str, Distribution]) -> list[Sequence[str]]:
    whole = latencies["response"].p50 or 0.0
    return [(*_quantiles(name, each), bar(each.p50 or 0.0, max(whole, 1e-9) / 24)) for name, each in latencies.items()]


def _turns(report: Report) -> Iterator[Sequence[str]]:
    for number, call in enumerate(report.calls, 1):
        for turn in call.turns:
            yield (f"{number}.{turn.turn}", in_ms(turn.response), *_stages(turn), "yes" if turn.interrupted else "")


def _stages(turn: TurnFigures) -> Iterator[str]:
    return (in_ms(turn.stages.get(stage)) for stage in STAGES)


def _quantiles(name: str, each: Distribution) -> tuple[str, ...]:
    return (name, str(each.n), *(in_ms(value) for value in (each.p50, each.p95, each.p99, each.max)))


def in_ms(seconds: float | None) -> str:
    """Milliseconds as they stand in a table."""
    if seconds is None:
        return "-"
    return f"{seconds * 1e3:.2f}" if abs(seconds) < 0.01 else f"{seconds * 1e3:.0f}"


def in_number(count: int, what: str = "call") -> str:
    """So many of them, in words."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _plain(value: float) -> str:
    return f"{value:.4f}" if abs(value) < 1 else f"{value:.1f}"


def compared(names: tuple[str, str], one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Section]:
    """Two summaries beside each other. The ratio is the second to the first: below 1 is less."""
    header, of = ("what", *names, "ratio"), [summary.get("of") for summary in (one, other)]
    unlike = "" if of[0] == of[1] else f"NOT of the same: {of[0]}; and {of[1]}"
    for group, title in (("latencies", "Response, ms"), ("interruptions", "Interruptions, ms")):
        rows = [row for name in one[group] for row in _both(name, one[group][name], other[group].get(name, {}))]
        yield Section(title, header, rows, unlike)
    loads = [
        (name, _plain(value), _plain(other["load"][name]), _ratio(value, other["load"][name]))
        for name, value in one["load"].items()
        if name in other["load"]
    ]
    yield Section(
        "Load", header, loads, "on a machine that others use too, CPU figures of two runs differ by themselves"
    )


def _both(name: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for quantile in ("p50", "p95", "max"):
        mine, theirs = one.get(quantile), other.get(quantile)
        yield f"{name} {quantile}", in_ms(mine), in_ms(theirs), _ratio(mine, theirs)


def _ratio(one: float | None, other: float | None) -> str:
    return f"{other / one:.2f}" if one and other is not None else "-"


def to_terminal(console: Console, tables: Iterable[Section]) -> None:
    """Print tables, those without rows left out; columns for which a line has no room follow below, with the names."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    for section in (each for each in tables if each.rows):
        console.print(Text(section.title, style="bold"))
        for columns in _pieces(section, console.width):
            table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
            for place, width in columns.items():
                name = section.header[place]
                words = place == 0 or name in IN_WORDS
                table.add_column(Text(name), justify="left" if words else "right", overflow="fold", min_width=width)
            for row in section.rows:
                table.add_row(*(Text(row[place]) for place in columns))
            console.print(table)
            console.print()
        if section.note:
            console.print(Text(f"{section.note}\n", style="dim"))


def _pieces(section: Section, width: int) -> Iterator[dict[int, int]]:
    """The columns that stand beside each other on a line of so many characters, and how wide each must be."""
    longest = [max(len(row[place]) for row in section.rows) for place in range(len(section.header))]
    first = min(30, longest[0], max(8, width // 2))
    piece, left = {0: first}, width - first
    for place, name in list(enumerate(section.header))[1:]:
        wide = min(24, longest[place]) if name in IN_WORDS else max(longest[place], *map(len, name.split()))
        wide = min(wide, width - first - _GAP)
        if len(piece) > 1 and left < wide + _GAP:
            yield piece
            piece, left = {0: first}, width - first
        piece[place] = wide
        left -= wide + _GAP
    yield piece


def to_markdown(tables: Iterable[Section]) -> str:
    """Tables of Markdown under headings; what has no rows is left out."""
    lines: list[str] = []
    for section in tables:
        if section.rows:
            lines += [
                f"### {section.title}",
                "",
                _row(section.header),
                _row(["---", *["---:"] * (len(section.header) - 1)]),
            ]
            lines += [_row(row) for row in section.rows]
            lines += ["", *([section.note, ""] if section.note else [])]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
