"""`voiceflow models`: which models there are, where they lie, bring one here, is it right."""

from __future__ import annotations

import argparse

from voiceflow.commands import _loop
from voiceflow.models import _cli

HELP = "List, fetch, find and check models."  # its arguments bring more

add_arguments = _cli.add_arguments


def main(args: argparse.Namespace) -> int:
    with _loop.raised():  # what was being fetched is put away
        return _cli.main(args)
