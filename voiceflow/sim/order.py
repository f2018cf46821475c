"""Trio's order of ready tasks, drawn from a seed: the one place that touches the two private switches of its scheduler.

Trio shuffles tasks that are ready at once, so that no program may depend on their order. A simulation wants that
too, but the same order again for the same seed.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from random import Random
from typing import Final

SCHEDULER: Final = "trio._core._run"
SORTED: Final = "_ALLOW_DETERMINISTIC_SCHEDULING"
"""Whether tasks that are ready are sorted before they are shuffled."""
SHUFFLED_BY: Final = "_r"
"""The `random.Random` that shuffles them. A test fails when Trio renames any of these."""


@contextmanager
def ordered_by(seed: int) -> Generator[None, None, None]:
    """A `trio.run` in here schedules by `seed` alone."""
    scheduler = vars(import_module(SCHEDULER))
    allowed, shuffled_by = scheduler[SORTED], scheduler[SHUFFLED_BY]
    assert isinstance(shuffled_by, Random)
    state = shuffled_by.getstate()
    scheduler[SORTED] = True
    shuffled_by.seed(seed)
    try:
        yield
    finally:
        scheduler[SORTED] = allowed
        shuffled_by.setstate(state)
