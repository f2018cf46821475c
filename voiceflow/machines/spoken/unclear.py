"""What was said is no such value."""

from __future__ import annotations


class Unclear(ValueError):
    """It is no such value. The message says what was expected, for who asks again; it quotes nobody."""
