"""A conversation as a picture: who spoke when and what, who waited for whom, and where that time went.

Above, time runs from left to right and wraps like text: the caller's speech with its words over it, the agent's with
its words under it, waiting hatched between them. Below, one bar a turn shows what the wait was made of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from voiceflow._svg import document, label, style, xml
from voiceflow.observe._timeline_rows import Labels, Row, labels, rows


@attrs.frozen
class Utterance:
    """One stretch of speech from `begin` to `end` (seconds) and its words. `unheard` was to be said and was cut off."""

    begin: float
    end: float
    text: str = ""
    unheard: str = ""


@attrs.frozen
class Stage:
    """A part of the wait for an answer: "vad wait", "transcript", "end of turn", "first token", ... and its seconds."""

    name: str
    seconds: float


@attrs.frozen
class TurnPicture:
    """A turn to be drawn: what the caller said, what the agent answered, and the stages of the wait, in order.

    `interrupted` is when the caller cut the answer off (seconds), None when it was said to its end.
    """

    number: int
    caller: tuple[Utterance, ...] = ()
    agent: tuple[Utterance, ...] = ()
    stages: tuple[Stage, ...] = ()
    interrupted: float | None = None

    @property
    def wait(self) -> tuple[float, float] | None:
        """From the end of the caller's speech to the agent's first sound, if there was one."""
        if not self.caller or not self.agent or self.agent[0].begin <= self.caller[-1].end:
            return None
        return self.caller[-1].end, self.agent[0].begin


@attrs.frozen
class Timeline:
    """A conversation to be drawn; times in seconds of one clock, turns in their order."""

    turns: tuple[TurnPicture, ...]
    title: str = "Conversation"


_WIDTH, _LEFT, _RIGHT = 1120.0, 74.0, 24.0
_SECONDS = 14.0  # in a row
_SCALE = (_WIDTH - _LEFT - _RIGHT) / _SECONDS
_NARROW = 3.0  # seconds: room for a column of words
_BAR, _LINE = 22.0, 16.0  # heights of a bar and of a line of words
STAGES_SHOWN = {
    # the colour of each part of a wait, and what happens in it
    "vad wait": ("#7aa6d8", "silence, until it is sure that the caller has stopped"),
    "transcript": ("#b08fd0", "the last words are being recognised"),
    "end of turn": ("#d9c36a", "waiting, in case the caller goes on"),
    "first token": ("#e09a5b", "the language model begins its answer"),
    "first phrase": ("#d97a86", "the answer's first phrase is completed"),
    "first audio": ("#6fb58a", "the voice makes the first sound"),
    "sink": ("#93a0ad", "the sound reaches the ear"),
}
_OTHER = ("#b9c0c8", "")
_STYLE = style(
    """
    .paper{fill:$paper}.title{fill:$ink;font-size:20px;font-weight:600}.head{fill:$ink;font-size:15px;font-weight:600}
    .lane{fill:$lane}.who{fill:$ink;font-size:13px;font-weight:600}.soft{fill:$soft;font-size:12px}
    .tick{stroke:$grid;stroke-width:1}.time{fill:$soft;font-size:11px}
    .caller{fill:$caller}.agent{fill:$agent}.said{fill:$callerink;font-size:13px}.reply{fill:$agentink;font-size:13px}
    .lost{fill:$soft;font-size:13px;text-decoration:line-through}
    .cut{stroke:$stop;stroke-width:2.5}.cutword{fill:$stop;font-size:12px;font-weight:600}
    .stripe{stroke:$soft;stroke-width:1.6}.wait{fill:url(#hatch);stroke:$soft;stroke-width:.8}
    .number{fill:$paper;font-size:11px;font-weight:600}.halo{stroke:$paper;stroke-width:4px;stroke-linejoin:round}
    .waited{fill:$ink;font-size:12px;font-weight:600}.ms{fill:#16202a;font-size:11px;font-weight:600}
    """,
    {
        "paper": "#ffffff", "ink": "#1c2733", "soft": "#5b6876", "lane": "#f3f5f8", "grid": "#dde2e8",
        "caller": "#3f7fc4", "agent": "#4f9e68", "callerink": "#1f5fa6", "agentink": "#2a7444", "stop": "#c22f2f",
    },
    {
        "paper": "#14191f", "ink": "#e8edf2", "soft": "#a3b0bd", "lane": "#1d242c", "grid": "#35404b",
        "caller": "#5b9be0", "agent": "#62b57d", "callerink": "#9cc8f7", "agentink": "#96d6aa", "stop": "#ff7b72",
    },
)  # fmt: skip
_HATCH = (
    '<defs><pattern id="hatch" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<path class="stripe" d="M0 0V7"/></pattern></defs>'
)


def timeline_svg(timeline: Timeline) -> str:
    """The timeline as a self-contained SVG document, 1120 wide, for light and dark surroundings."""
    parts = [_STYLE, _HATCH, label(_LEFT, 34, "title", timeline.title, "start")]
    y = 44.0
    for part, height in (_legend(y), *_conversation(timeline, y + 30)):
        parts.append(part)
        y = height
    waits, y = _waits(timeline, y + 18)
    return document(_WIDTH, y, timeline.title, "".join([*parts, waits]))


def _legend(y: float) -> tuple[str, float]:
    entries = (
        ('<rect class="caller" x="{x}" y="{y}" width="22" height="12" rx="3"/>', "caller speaks"),
        ('<rect class="agent" x="{x}" y="{y}" width="22" height="12" rx="3"/>', "agent speaks"),
        ('<rect class="wait" x="{x}" y="{y}" width="22" height="12"/>', "caller waits for an answer"),
        ('<path class="cut" d="M{x} {y}m11 -2v16"/>', "caller interrupts, agent falls silent"),
    )
    parts: list[str] = []
    x = _LEFT
    for shape, text in entries:
        parts += [shape.format(x=x, y=y), label(x + 28, y + 11, "soft", text, "start")]
        x += 50 + 6.8 * len(text)
    parts.append(label(x, y + 11, "lost", "words", "start") + label(x + 42, y + 11, "soft", "never heard", "start"))
    return "".join(parts), y


def _conversation(timeline: Timeline, y: float) -> Iterator[tuple[str, float]]:
    """Row by row: its picture, and where it ends."""
    spans = [_extent(turn) for turn in timeline.turns]
    joined = [turn.interrupted is not None for turn in timeline.turns]
    for row in rows(spans, joined, _SECONDS):
        picture, y = _row(timeline, row, y)
        yield picture, y


def _extent(turn: TurnPicture) -> tuple[float, float]:
    times = [time for said in (*turn.caller, *turn.agent) for time in (said.begin, said.end)]
    return (min(times), max(times)) if times else (0.0, 0.0)


def _row(timeline: Timeline, row: Row, y: float) -> tuple[str, float]:
    caller = [said for turn in timeline.turns for said in turn.caller]
    agent = [said for turn in timeline.turns for said in turn.agent]
    above = _words(caller, row)
    below = _words(agent, row)
    bars = y + 22 + _LINE * max(1, above.lines) + 4
    parts = [*_ticks(row, y + 12, bars + 2 * _BAR + 6)]
    for name, top in (("caller", bars), ("agent", bars + _BAR + 6)):
        parts.append(
            f'<rect class="lane" x="{_LEFT}" y="{top:.1f}" width="{_x(row.end, row) - _LEFT:.1f}" height="{_BAR}"/>'
        )
        parts.append(label(_LEFT - 10, top + 16, "who", name, "end"))
    parts += [part for turn in timeline.turns for part in _wait(turn, row, bars)]
    for kind, said, top in (("caller", caller, bars), ("agent", agent, bars + _BAR + 6)):
        parts += [_bar(kind, each.begin, each.end, row, top) for each in said]
    cuts = [_x(turn.interrupted, row) for turn in timeline.turns if turn.interrupted is not None]
    parts += [_number(turn, row, bars, cuts) for turn in timeline.turns]
    parts += above.draw("said", "lost", bars - 6, _LINE, hang=False)
    parts += below.draw("reply", "lost", bars + 2 * _BAR + 22 + _LINE, _LINE, hang=True)
    parts += [part for turn in timeline.turns for part in _cut(turn, row, bars)]
    return "".join(parts), bars + 2 * _BAR + 22 + _LINE * max(1, below.lines) + 18


def _words(said: Sequence[Utterance], row: Row) -> Labels:
    """The words of a lane: each stands where its speech begins, or goes on if hardly any of it is in that row."""
    here = [each for each in said if _stands(each, row) and (each.text or each.unheard)]
    words = [(_x(each.begin, row), each.text, each.unheard) for each in here]
    return labels(words, _LEFT, _WIDTH - _RIGHT, 7.3)


def _stands(said: Utterance, row: Row) -> bool:
    return (row.begin <= said.begin < row.end and not _moves(said, row.end)) or _moves(said, row.begin)


def _moves(said: Utterance, border: float) -> bool:
    """Whether its words stand behind the border of two rows, being squeezed before it."""
    return said.begin < border < said.end and border - said.begin < min(_NARROW, said.end - border)


def _x(seconds: float, row: Row) -> float:
    return _LEFT + (min(max(seconds, row.begin), row.end) - row.begin) * _SCALE


def _ticks(row: Row, top: float, bottom: float) -> Iterator[str]:
    for second in range(int(-(-row.begin // 1)), int(row.end) + 1):
        x = _x(second, row)
        yield f'<path class="tick" d="M{x:.1f} {top:.1f}V{bottom:.1f}"/>'
        if second % 2 == 0 and second < row.end - 0.2:
            yield label(x + 3, top + 8, "time", f"{second} s", "start")


def _bar(kind: str, begin: float, end: float, row: Row, top: float) -> str:
    if not row.shows(begin, end):
        return ""
    x = _x(begin, row)
    width = max(2.0, _x(end, row) - x)
    return f'<rect class="{kind}" x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{_BAR}" rx="3"/>'


def _number(turn: TurnPicture, row: Row, top: float, cuts: Sequence[float]) -> str:
    """The turn's number, in the bar of the caller's first words; behind the red line of an interruption there."""
    if not turn.caller or not row.begin <= turn.caller[0].begin < row.end:
        return ""
    x, end = (_x(at, row) for at in (turn.caller[0].begin, turn.caller[0].end))
    x = max((cut for cut in cuts if x < cut < min(x + 50, end)), default=x)
    text = f"turn {turn.number}" if end - x > 50 else str(turn.number)
    return label(x + 5, top + 16, "number", text, "start")


def _wait(turn: TurnPicture, row: Row, top: float) -> Iterator[str]:
    if turn.wait is None or not row.shows(*turn.wait):
        return
    x, end = _x(turn.wait[0], row), _x(turn.wait[1], row)
    yield f'<rect class="wait" x="{x:.1f}" y="{top:.1f}" width="{end - x:.1f}" height="{2 * _BAR + 6:.1f}"/>'
    if turn.wait[1] <= row.end:
        yield label((x + end) / 2, top + 2 * _BAR + 19, "waited", _duration(turn.wait[1] - turn.wait[0]))


def _cut(turn: TurnPicture, row: Row, top: float) -> Iterator[str]:
    if turn.interrupted is not None and row.begin <= turn.interrupted < row.end:
        x = _x(turn.interrupted, row)
        yield f'<path class="cut" d="M{x:.1f} {top - 4:.1f}V{top + 2 * _BAR + 12:.1f}"/>'
        late = x > _WIDTH - _RIGHT - 90
        yield label(
            x - 6 if late else x + 6, top + _BAR + 22, "cutword halo", "interrupted", "end" if late else "start"
        )
        yield label(x - 6 if late else x + 6, top + _BAR + 22, "cutword", "interrupted", "end" if late else "start")


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.2f} s"


def _waits(timeline: Timeline, y: float) -> tuple[str, float]:
    """One bar a turn: what the wait for its answer was made of."""
    turns = [turn for turn in timeline.turns if turn.stages]
    if not turns:
        return "", y
    longest = max(0.001, *(sum(stage.seconds for stage in turn.stages) for turn in turns))  # less cannot be drawn
    scale = (_WIDTH - _LEFT - _RIGHT - 70) / longest
    parts = [label(_LEFT, y + 14, "head", "What each wait was made of", "start")]
    y += 30
    for turn in turns:
        parts += _stack(turn, y, scale)
        y += 34
    used = dict.fromkeys(stage.name for turn in turns for stage in turn.stages)
    for number, name in enumerate(used):
        colour, meaning = STAGES_SHOWN.get(name, _OTHER)
        x, top = _LEFT + 500 * (number % 2), y + 8 + 20 * (number // 2)
        parts.append(f'<rect fill="{colour}" x="{x:.1f}" y="{top:.1f}" width="22" height="12" rx="2"/>')
        parts.append(label(x + 30, top + 11, "soft", f"{name}: {meaning}" if meaning else name, "start"))
    return "".join(parts), y + 30 + 20 * ((len(used) + 1) // 2)


def _stack(turn: TurnPicture, y: float, scale: float) -> Iterator[str]:
    yield label(_LEFT - 10, y + 17, "who", f"turn {turn.number}", "end")
    x = _LEFT
    for stage in turn.stages:
        colour, _ = STAGES_SHOWN.get(stage.name, _OTHER)
        width = stage.seconds * scale
        text = _duration(stage.seconds)
        tip = f"<title>{xml(stage.name)}: {text}</title>"
        yield f'<rect fill="{colour}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="24">{tip}</rect>'
        if width > 6.6 * len(text) + 4:
            yield label(x + width / 2, y + 16, "ms", text)
        x += width
    yield label(x + 8, y + 17, "waited", _duration(sum(stage.seconds for stage in turn.stages)), "start")
