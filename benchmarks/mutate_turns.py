"""Break the turn-taking machine in small ways, one at a time, and see whether its tests notice.

    python benchmarks/mutate_turns.py [--processes 2] [--list] [--only turn_timers.py:20] [--every 3]

A mutant drops or redirects a row of the table, its guard or its action, flips a comparison or a condition, moves a
timer by a microsecond, or leaves a statement out. Each runs against the quick tests in a process of its own; what
they let pass runs against the property test. The survivors are printed, with the reason where one is known; the
exit status is 1 when fewer than 95 of 100 were caught.
"""

from __future__ import annotations

import argparse
import importlib.abc
import importlib.machinery
import importlib.util
import multiprocessing
import os
import resource
import sys
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

from turn_mutants import Mutant, mutants

ROOT = Path(__file__).parents[1]
MACHINES = ROOT / "voiceflow" / "machines"
FILES = (
    "turns.py",
    "turn_guards.py",
    "turn_actions.py",
    "turn_timers.py",
    "turn_state.py",
    "turn_words.py",
    "turn_speculation.py",
)
QUICK = ("test_turns_scenarios.py", "test_turns.py")
PROPERTIES = "test_turns_properties.py"
ENOUGH = 0.95

_AT_ONCE = "the state that it enters is left within the same tick, by the same timer, and with nothing told"
EQUIVALENT: dict[str, str] = {
    "turns.py: Row(Hint.OPEN, Timer.RELEASE, Hint.NONE, do.let_go)  ->  "
    "Row(Hint.OPEN, Timer.RELEASE, Hint.DISMISSED, do.let_go)": _AT_ONCE,
    "turns.py: Row(Hint.DISMISSED, Timer.RELEASE, Hint.NONE)  ->  "
    "Row(Hint.DISMISSED, Timer.RELEASE, Hint.OPEN)": _AT_ONCE,
    "turns.py: event if possible == event.at else attrs.evolve(event, at=possible)  ->  "
    "attrs.evolve(event, at=possible)": "an event that is made anew is the same to the machine",
}
"""Why a mutant cannot be told from the machine: by the text that is shown for it."""


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports the mutant's source in the place of its file."""

    def __init__(self, mutant: Mutant) -> None:
        self.name = f"voiceflow.machines.{mutant.file.removesuffix('.py')}"
        self.source = mutant.source

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, self.name, "exec"), module.__dict__)


def survives(mutant: Mutant, check: Callable[[], None], seconds: int) -> bool:
    """Whether `check` passes with the mutant in place. One that takes `seconds` of processor time is caught."""
    process = multiprocessing.get_context("fork").Process(target=_run, args=(mutant, check, seconds))
    process.start()
    process.join()
    return process.exitcode == 0


def _run(mutant: Mutant, check: Callable[[], None], seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    # What the parent has imported is as it should be: the machine is imported anew, with the mutant in it.
    for name in _MACHINE:
        del sys.modules[name]
        delattr(sys.modules["voiceflow.machines"], name.rpartition(".")[2])
    sys.meta_path.insert(0, _Finder(mutant))
    try:
        check()
    except BaseException:
        os._exit(1)
    os._exit(0)


_MACHINE = {f"voiceflow.machines.{file.removesuffix('.py')}" for file in FILES}
_SKIPPED = ("repr_names_the_states", "documentation_shows", "picture_has", "every_row_of_the_table")


def quick_tests() -> None:
    """Run the cases and the scenarios, as pytest would, up to the first that fails."""
    for file in QUICK:
        for name, test in vars(_load(file)).items():
            if name.startswith("test_") and not any(part in name for part in _SKIPPED):
                for arguments in _parameters(test):
                    test(**arguments)


def property_test() -> None:
    """Run the property test, without a look for the shortest failure."""
    _load(PROPERTIES).run(150, shrink=False)


def _load(file: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.removesuffix(".py"), ROOT / "tests" / "machines" / file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _parameters(test: Any) -> Iterator[dict[str, object]]:
    """The arguments of each run of a test, from its `parametrize` marks."""
    marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
    for chosen in product(*(mark.args[1] for mark in marks)):
        arguments: dict[str, object] = {}
        for mark, values in zip(marks, chosen, strict=True):
            names = mark.args[0]
            arguments |= {names: values} if isinstance(names, str) else dict(zip(names, values, strict=True))
        yield arguments


def unchanged() -> Mutant:
    """No mutant at all: the tests must pass with it, or what they catch means nothing."""
    return Mutant(FILES[0], 0, "nothing is changed", (MACHINES / FILES[0]).read_text(encoding="utf-8"))


def outcome(mutant: Mutant) -> bool:
    """Whether the mutant survives the quick tests and then the property test."""
    return quick_outcome(mutant) and survives(mutant, property_test, 60)


def quick_outcome(mutant: Mutant) -> bool:
    """Whether the mutant survives the quick tests, which take a second or less."""
    return survives(mutant, quick_tests, 3)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", default="", help="file.py or file.py:line")
    parser.add_argument("--every", type=int, default=1, help="only each so many of them (default: all)")
    parser.add_argument("--quick", action="store_true", help="leave the property test out")
    parser.add_argument("--list", action="store_true", help="print the mutants and stop")
    chosen = parser.parse_args(arguments)
    found = [mutant for file in FILES for mutant in mutants(MACHINES / file) if _wanted(mutant, chosen.only)]
    tried = found[:: chosen.every]
    if chosen.list:
        for mutant in tried:
            print(f"{mutant.file}:{mutant.line}: {mutant.change}")
        print(len(tried))
        return 0
    import hypothesis.stateful  # noqa: F401  # once, for all that are forked
    import pytest  # noqa: F401

    import voiceflow.machines.turns  # noqa: F401

    run = quick_outcome if chosen.quick else outcome
    if not run(unchanged()):
        print("the tests fail without any change: mend them first", file=sys.stderr)
        return 2
    return _report(tried, list(_outcomes(tried, chosen.processes, run)))


def _wanted(mutant: Mutant, only: str) -> bool:
    return not only or only in (mutant.file, f"{mutant.file}:{mutant.line}")


def _outcomes(tried: Sequence[Mutant], processes: int, run: Callable[[Mutant], bool]) -> Iterator[bool]:
    # Threads only wait here: each mutant runs in a process of its own.
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(processes) as pool:
        for mutant, survived in zip(tried, pool.map(run, tried), strict=True):
            if survived:
                print(f"survived {mutant.file}:{mutant.line}: {mutant.change}", flush=True)
            yield survived


def _report(tried: Sequence[Mutant], survived: Sequence[bool]) -> int:
    left = [mutant for mutant, survives in zip(tried, survived, strict=True) if survives]
    excused = [mutant for mutant in left if mutant.name in EQUIVALENT]
    for mutant in left:
        reason = EQUIVALENT.get(mutant.name, "no test tells it from the machine")
        print(f"{mutant.file}:{mutant.line}: {mutant.change}\n    {reason}")
    caught = len(tried) - len(left)
    share = caught / len(tried) if tried else 1.0
    print(
        f"{len(tried)} mutants, {caught} caught ({share:.1%}), {len(left)} survived, {len(excused)} of them equivalent"
    )
    return 0 if share >= ENOUGH else 1


if __name__ == "__main__":
    sys.exit(main())
