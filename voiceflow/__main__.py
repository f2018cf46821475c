"""The program `voiceflow`, also as `python -m voiceflow`. Nothing is imported before it is known what Ctrl-C does."""

from __future__ import annotations

from voiceflow import _ctrl_c

TYPE_CHECKING = False  # as typing has it, which takes a while to import
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """Run the program with the words of `sys.argv`, and end with its status."""
    _ctrl_c.end_at_once()
    from voiceflow.cli import program

    program()


if __name__ == "__main__":
    main()
