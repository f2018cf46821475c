"""A report as one page of HTML that needs nothing else: what it says in plots first, then all its tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from voiceflow import _draw_svg
from voiceflow._svg import style, xml
from voiceflow.bench import plots
from voiceflow.bench.figures import Distribution, Report, TurnFigures
from voiceflow.bench.tables import IN_WORDS, Section, in_number, sections
from voiceflow.observe.timeline import timeline_svg
from voiceflow.observe.waterfall import STAGES

_CALLS = 3  # whose timelines are drawn; the figures are those of all
_TURNS = 40  # that are drawn one by one
_STYLE = style(
    """
    body{margin:0 auto;max-width:1120px;padding:24px;background:$paper;color:$ink;
    font:15px/1.5 system-ui,DejaVu Sans,sans-serif}
    h1{font-size:26px;margin:0;overflow-wrap:anywhere}
    h2{font-size:19px;margin:36px 0 4px}p{margin:4px 0 12px;color:$soft;max-width:80ch}
    svg{display:block;width:100%;height:auto}.graph svg{max-width:640px;margin:0 auto}
    .plot,.timeline{overflow-x:auto}.plot svg,.timeline svg{min-width:900px}
    @media (max-width:947px){.plot:before{content:"\\2194  wider than this screen";color:$soft;font-size:12px}}
    .cards{display:flex;flex-wrap:wrap;gap:12px;margin:18px 0}
    .card{background:$box;border-radius:8px;padding:10px 16px;min-width:150px}
    .card b{display:block;font-size:22px}.card span{color:$soft;font-size:13px}
    .key{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:2px 26px;font-size:13px;color:$soft}
    .key b{color:$ink}.swatch{display:inline-block;width:20px;height:11px;border-radius:2px;margin-right:7px}
    table{border-collapse:collapse;font-size:13px;margin:8px 0 4px;font-variant-numeric:tabular-nums}
    th,td{padding:3px 14px 3px 0;border-bottom:1px solid $line;text-align:right}
    th:first-child,td:first-child,.text{text-align:left}td:not(.text){white-space:nowrap}.wide{overflow-x:auto}
    .grid{stroke:$line;stroke-width:1}.tick{fill:$soft;font-size:11px}.name{fill:$ink;font-size:13px}
    .value{fill:$ink;font-size:12px;font-weight:600}.link{stroke:$soft;stroke-dasharray:2 2}
    .whole{fill:$soft}.median{stroke:$ink;stroke-width:2}
    """,
    {"paper": "#ffffff", "ink": "#1c2733", "soft": "#5b6876", "box": "#f2f5f9", "line": "#dde2e8"},
    {"paper": "#14191f", "ink": "#e8edf2", "soft": "#a3b0bd", "box": "#1d242c", "line": "#35404b"},
)


def page(report: Report) -> str:
    """The report as a page; it holds no word of a caller."""
    parts = [f"<h1>{xml(report.graph)}</h1>", f"<p>{xml(_made(report))}</p>", _cards(report)]
    parts += [*_waits(report), *_interruptions(report), *_timelines(report), *_graph(report), *_pauses(report)]
    return _document(f"voiceflow bench: {report.graph}", [*parts, "<h2>All figures</h2>", *_tables(sections(report))])


def tables_page(title: str, tables: Iterable[Section]) -> str:
    """Tables alone as a page."""
    return _document(title, [f"<h1>{xml(title)}</h1>", *_tables(tables)])


def _document(title: str, parts: Iterable[str]) -> str:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{xml(title)}</title>'
    return f'<!doctype html><html lang="en"><head>{head}{_STYLE}</head><body>{"".join(parts)}</body></html>\n'


def _made(report: Report) -> str:
    made = report.made_with
    of = "" if len(report.calls) == report.asked else f" of {report.asked}"
    calls = f"{in_number(len(report.calls))}{of}, {in_number(len(report.turns), 'turn')}"
    return "; ".join(
        [calls, *(f"{name} {made[name]}" for name in ("clock", "date", "system", "cores", "python") if name in made)]
    )


def _cards(report: Report) -> str:
    cuts, load = report.cuts(), report.load()
    response = report.latencies()["response"]
    cards = [
        ("response, median", response.p50),
        ("response, 95th percentile", response.p95),
        ("cut in until silence, median", cuts["onset to silence"].p50),
        ("cut until all has ended, median", cuts["cancel to all ended"].p50),
        ("audio made in vain per cut, median", cuts["audio wasted"].p50),
    ]
    shown = [(what, plots.in_words(value)) for what, value in cards if value is not None]
    tokens = report.wasted_tokens().p50
    shown += [("tokens written in vain per cut, median", f"{tokens:.0f}")] if tokens is not None else []
    cpu = load["CPU per call-second, this process"] + load["CPU per call-second, workers"]
    shown += [
        ("of a core, as long as a call lasts", f"{cpu:.1%}"),
        ("resident memory", f"{load['memory at most after a call (MB)']:.0f} MB"),
    ]
    each = (f'<div class="card"><b>{value}</b><span>{xml(what)}</span></div>' for what, value in shown)
    return f'<div class="cards">{"".join(each)}</div>'


def _waits(report: Report) -> Iterator[str]:
    turns = [
        (f"call {number}, turn {turn.turn}", turn)
        for number, call in enumerate(report.calls, 1)
        for turn in call.turns
        if turn.response is not None
    ]
    if not turns:
        return
    yield "<h2>Where a caller's wait goes</h2>"
    name, middle = _middle(turns)
    yield f"<p>The turn in the middle ({xml(name)}), from the last voiced sample of the caller to the first that is "
    yield "heard of the answer. Each stage begins when the one before it is over. "
    longest, seconds = max(middle.stages.items(), key=lambda stage: stage[1], default=("nothing", 0.0))
    yield f"Most of it is {longest}: {plots.in_words(seconds)} of {plots.in_words(middle.response or 0.0)}.</p>"
    yield plots.key() + _plot(plots.waterfall(middle))
    yield f"<h2>Every turn</h2>{_plot(plots.stacks(turns[:_TURNS]))}"
    if len(turns) > _TURNS:
        yield f"<p>The first {_TURNS} of {len(turns)} turns; the tables have all.</p>"
    yield "<h2>How much it varies</h2><p>A dot is a turn; the line is the median, the band reaches to the 95th "
    yield "percentile. Every row has a scale of its own.</p>"
    rows = {"response": [turn.response for _, turn in turns if turn.response is not None]}
    rows |= {stage: [turn.stages[stage] for _, turn in turns if stage in turn.stages] for stage in STAGES}
    yield _strips(rows)


def _strips(rows: Mapping[str, Sequence[float]]) -> str:
    return _plot("".join(plots.strip(name, values) for name, values in rows.items() if any(values)))


def _plot(svg: str) -> str:
    """On a small screen it is moved from side to side rather than made too small to read."""
    return f'<div class="plot">{svg}</div>'


def _middle(turns: Sequence[tuple[str, TurnFigures]]) -> tuple[str, TurnFigures]:
    p50 = Distribution.of(turn.response for _, turn in turns).p50
    return next(each for each in turns if each[1].response == p50)


def _interruptions(report: Report) -> Iterator[str]:
    shown = {name: [v for v in _cut_values(report, name) if v is not None] for name in report.cuts()}
    if any(shown.values()):
        yield "<h2>When the caller cuts in</h2><p>From the first sample of the caller's speech until the agent is "
        yield "silent; from the cut until every task of the reply has ended; and the sound that was made and never "
        yield "heard.</p>"
        yield _strips(shown)


def _cut_values(report: Report, name: str) -> Iterator[float | None]:
    fields = {
        "onset to silence": "onset_to_silence", "cancel to all ended": "cancel_to_ended",
        "audio wasted": "wasted", "audio made after the cut": "made_after_cut",
    }  # fmt: skip
    return (getattr(turn, fields[name]) for turn in report.interruptions)


def _timelines(report: Report) -> Iterator[str]:
    calls = [(n, call) for n, call in enumerate(report.calls, 1) if any(turn.speech for turn in call.turns)]
    if calls:
        yield "<h2>Who spoke when</h2><p>Time runs from left to right and wraps like text.</p>"
    for number, call in calls[:_CALLS]:
        yield f'<div class="timeline">{_within("timeline", timeline_svg(plots.timeline(number, call)))}</div>'


def _graph(report: Report) -> Iterator[str]:
    if report.drawing.nodes:
        yield "<h2>Where frames wait</h2><p>The thicker a red wire, the fuller it became; beside it, how full, and for "
        yield "how long its oldest frame waited, where that is 1 ms or more. Wires in front of "
        yield "the speaker and the voice are full whenever the agent speaks: they hold the voice and the model back. A "
        yield "full wire anywhere else is a stage that cannot keep up.</p>"
        drawing = plots.heated(report.drawing, report.wires())
        yield f'<div class="graph">{_within("graph", _draw_svg.svg(drawing))}</div>'


def _within(name: str, svg: str) -> str:
    """A picture whose style sheet holds for nothing else of the page."""
    return re.sub(r"<style>(.*?)</style>", lambda found: f"<style>.{name}{{{found[1]}}}</style>", svg, flags=re.DOTALL)


def _pauses(report: Report) -> Iterator[str]:
    lag, gc = report.lag, report.lag.gc
    rows = [
        ("this loop", lag.p99, lag.p999, lag.worst),
        ("a process that only sleeps", lag.bystander_p99, lag.bystander_p999, lag.bystander_worst),
    ]
    shown = [(name, *map(plots.in_words, values)) for name, *values in rows if any(values)]
    if shown:
        yield "<h2>How late the loop came</h2><p>What the process that only sleeps is late too, the machine took. "
        yield f"Garbage was collected {gc.n} times, for {plots.in_words(gc.max or 0.0)} at most.</p>"
        yield _table(("late by", "p99", "p99.9", "at most"), shown)


def _tables(tables: Iterable[Section]) -> Iterator[str]:
    for section in tables:
        if section.rows:
            rows = section.rows
            yield f'<h3>{xml(section.title)}</h3><div class="wide">{_table(section.header, rows)}</div>'
            yield f"<p>{xml(section.note)}</p>" if section.note else ""


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    left = {place for place, name in enumerate(header) if name in IN_WORDS}
    head = "".join(_cell(place in left, name, "th") for place, name in enumerate(header))
    body = "".join(f"<tr>{''.join(_cell(place in left, cell) for place, cell in enumerate(row))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: bool, cell: str, tag: str = "td") -> str:
    return f'<{tag} class="text">{xml(cell)}</{tag}>' if text else f"<{tag}>{xml(cell)}</{tag}>"
