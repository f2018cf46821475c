"""`voiceflow doctor`: what is installed here, what is missing, and the command that mends it."""

from __future__ import annotations

import argparse
import json
import shutil
import textwrap
from collections.abc import Iterable, Iterator

import attrs

from voiceflow.commands._checkup import checkup, program
from voiceflow.commands._finding import Finding

HELP = """\
Says what is installed here, which models were found where, which devices there are, what is missing and the
command that mends it. Nothing is changed, and no secret is printed.

Status 0: `voiceflow demo` can run. 1: it cannot, and what it lacks is said last.
"""
_GROUPS = {"packages": "Packages", "models": "Models", "libraries": "Shared libraries", "devices": "Voice and devices"}
_SIGNS = {"ok": "ok", "note": "-", "missing": "missing"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="the same as one JSON object")


def main(args: argparse.Namespace) -> int:
    found = checkup()
    lacking = [finding for finding in found if finding.demo and finding.state == "missing"]
    if args.json:
        report = {**program(), "demo": not lacking, "findings": [attrs.asdict(finding) for finding in found]}
        print(json.dumps(report, indent=2))
    else:
        print("\n".join([*_title(program()), *_tables(found), *_verdict(found, lacking)]))
    return 1 if lacking else 0


def _title(about: dict[str, str]) -> Iterator[str]:
    yield f"voiceflow {about['voiceflow']} on Python {about['python']} ({about['executable']})"
    yield f"{about['platform']}, {about['cpus']} CPUs" + (" (the demo wants 2)" if about["cpus"] == "1" else "")


def _tables(found: list[Finding]) -> Iterator[str]:
    width = max(len(finding.name) for finding in found)
    for group in dict.fromkeys(finding.group for finding in found):
        yield ""
        yield _GROUPS.get(group, group.capitalize())
        for finding in found:
            if finding.group == group:
                head = f"  {_SIGNS[finding.state]:7}  {finding.name:{width}}  "
                yield from _folded(head, finding.detail, len(head))


def _verdict(found: list[Finding], lacking: list[Finding]) -> Iterator[str]:
    others = [finding for finding in found if finding.state == "missing" and not finding.demo]
    yield ""
    if others:
        yield "Not needed for the demo:"
        yield from _commands(others)
        yield ""
    if lacking:
        yield "voiceflow demo cannot run yet. It lacks:"
        yield from _commands(lacking)
    else:
        yield "voiceflow demo can run."


def _commands(findings: Iterable[Finding]) -> Iterator[str]:
    """What is missing, and each command once."""
    by_command: dict[str, list[Finding]] = {}
    for finding in findings:
        by_command.setdefault(finding.mend, []).append(finding)
    for command, mended in by_command.items():
        uses = "; ".join(dict.fromkeys(finding.use for finding in mended if finding.use))
        yield from _folded("  ", ", ".join(finding.name for finding in mended) + (f" ({uses})" if uses else ""), 2)
        yield f"      {command}"


def _folded(head: str, text: str, indent: int) -> list[str]:
    """To the width of the terminal, or 80; a path stays in one piece, so that it can be copied."""
    columns = shutil.get_terminal_size().columns
    return textwrap.wrap(
        text,
        columns,
        initial_indent=head,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [head.rstrip()]
