"""Names of a package that are loaded when they are first asked for, so that nobody waits for what he does not use."""

from __future__ import annotations

import sys
from importlib import import_module

TYPE_CHECKING = False  # as typing has it, which takes a while to import
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def later(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], object], list[str]]:
    """A package's `__getattr__` (PEP 562) and `__all__`: `homes` has, by module of the package, the names it holds."""
    modules = {name: f"{package}.{module}" for module, names in homes.items() for name in names.split()}

    def load(name: str) -> object:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        found: object = getattr(import_module(modules[name]), name)
        setattr(sys.modules[package], name, found)  # the next time it is simply there
        return found

    return load, sorted(modules)
