"""A flame graph of the hot path: where the loop's thread is while many reference calls are under way.

    python benchmarks/flame.py docs/pictures/hot-path.svg

What is run is what `hot_path.py` runs, on its clock. The stack is looked at as often as the kernel counts CPU time (at
most every millisecond); a box is as wide as the share of looks in which its function was at work, itself or in what it
calls, which stands above it. In the lowest row are the tasks, and what Trio does between them. A box that is narrower
than 0.3 % is left out.
"""

from __future__ import annotations

import argparse
import gc
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Final

import attrs
import trio
from hot_path import Calls, Ticks, cpu

import voiceflow
from voiceflow._svg import document, label, style, xml

INTERVAL: Final = 0.001  # seconds of CPU
WIDTH, ROW, LEAST = 1160.0, 19.0, 0.003
SCHEDULER: Final = "unrolled_run"  # of Trio: what lies above it is a task's
OURS: Final = str(Path(voiceflow.__file__).parent.parent)
STYLE: Final = style(
    """
    .paper{fill:$paper}.ours{fill:$ours}.trio{fill:$trio}.other{fill:$other}
    .word{fill:$ink;font-size:11px}.head{fill:$ink;font-size:14px}
    """,
    {"paper": "#ffffff", "ink": "#1c2733", "ours": "#f2a65e", "trio": "#8fb8de", "other": "#c9d1da"},
    {"paper": "#14191f", "ink": "#e8edf2", "ours": "#9a5f22", "trio": "#3b628a", "other": "#4a5561"},
)

Stack = tuple[tuple[str, str], ...]


def stack(frame: FrameType | None) -> Stack:
    """The functions of a stack from the task on, outermost first: each with its name and its kind."""
    found: list[tuple[str, str]] = []
    while frame is not None and frame.f_code.co_name != SCHEDULER:
        found.append(_named(frame))
        frame = frame.f_back
    if frame is None:
        return ()  # not in the loop
    return tuple(reversed(found)) or (("Trio's scheduler", "trio"),)


def _named(frame: FrameType) -> tuple[str, str]:
    path = Path(frame.f_code.co_filename)
    kind = "ours" if frame.f_code.co_filename.startswith(OURS) else "trio" if "trio" in path.parts else "other"
    return f"{path.stem}.{frame.f_code.co_qualname}", kind


def looked(calls: Calls) -> Counter[Stack]:
    """How often each stack was met while these calls ran."""
    found: Counter[Stack] = Counter()

    def look(number: int, frame: FrameType | None) -> None:
        found[stack(frame)] += 1

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    try:
        trio.run(calls.run, clock=Ticks())
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    del found[()]
    return found


@attrs.define
class Box:
    """A function where it was met, and how often; `above`, what it called."""

    name: str
    kind: str
    count: int = 0
    above: dict[str, Box] = attrs.field(factory=dict[str, "Box"])


def tree(looks: Counter[Stack]) -> Box:
    root = Box("all", "other")
    for functions, count in looks.items():
        box = root
        box.count += count
        for name, kind in functions:
            box = box.above.setdefault(name, Box(name, kind))
            box.count += count
    return root


def depth(box: Box, least: float) -> int:
    return 1 + max((depth(each, least) for each in box.above.values() if each.count >= least), default=0)


def drawn(box: Box, x: float, row: int, scale: float, bottom: float, whole: int) -> Iterator[str]:
    """What a box called, side by side above it, the most frequent first."""
    for each in sorted(box.above.values(), key=lambda above: (-above.count, above.name)):
        if each.count < LEAST * whole:
            continue
        width, y = each.count * scale, bottom - (row + 1) * ROW
        tip = f"<title>{xml(each.name)}: {each.count / whole:.1%}</title>"
        shown = max(0.5, width - 0.6)
        yield f'<rect class="{each.kind}" x="{x:.1f}" y="{y:.0f}" width="{shown:.1f}" height="18">{tip}</rect>'
        if width > 34:
            yield label(x + 3, y + 13, "word", _fitting(each.name, width), "start")
        yield from drawn(each, x, row + 1, scale, bottom, whole)
        x += width


def _fitting(name: str, width: float) -> str:
    room = int(width / 6.2)
    short = name.partition(".")[2] or name
    return name if len(name) <= room else short if len(short) <= room else f"{short[: max(1, room - 1)]}…"


def picture(looks: Counter[Stack], title: str) -> str:
    """The flame graph as an SVG document."""
    root = tree(looks)
    height = 34 + ROW * (depth(root, LEAST * root.count) - 1) + 8
    boxes = drawn(root, 4.0, 0, (WIDTH - 8) / max(1, root.count), height - 4, max(1, root.count))
    return document(WIDTH, height, title, STYLE + label(6, 20, "head", title, "start") + "".join(boxes))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path, metavar="FILE.svg")
    parser.add_argument("-n", type=int, default=25, help="calls at once")
    parser.add_argument("--turns", type=int, default=12)
    args = parser.parse_args()
    cpu(Calls(1, 1))
    gc.freeze()
    looks = looked(Calls(args.n, args.turns))
    title = f"{args.n} reference calls, {looks.total()} looks; orange: voiceflow, blue: Trio, grey: others"
    args.picture.write_text(picture(looks, title), encoding="utf-8")
    print(f"{looks.total()} looks, {len(looks)} stacks: {args.picture}")


if __name__ == "__main__":
    main()
