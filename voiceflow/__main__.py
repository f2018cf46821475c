"""The program `voiceflow`, also as `python -m voiceflow`. Nothing is imported before it is known what Ctrl-C does."""

import sys

from voiceflow import _ctrl_c


def main() -> int:
    """Run the program with the words of `sys.argv`, and return its exit status."""
    _ctrl_c.end_at_once()
    from voiceflow.cli import program

    return program()


if __name__ == "__main__":
    sys.exit(main())
