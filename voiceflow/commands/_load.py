"""Finds a user's graph: `module:build`, `file.py:build`, or a JSON file."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from inspect import iscoroutinefunction, signature
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeGuard

from voiceflow.errors import GraphError
from voiceflow.graph import Graph

if TYPE_CHECKING:
    from voiceflow.flow import Flow

WHERE = "module:build, file.py:build (a function that gives a Graph), or a graph's JSON file"
_NESTED = "Attempted to call run() from inside a run()"
"""What Trio says of it."""
FLOW = "module:flow, file.py:flow (a Flow, or a function that gives one)"


def add_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("graph", metavar="GRAPH", help=WHERE)


def load(where: str) -> Graph:
    """The graph at `where`.

    Raises:
        GraphError: there is none, with what was looked for and what was found.
    """
    if ":" not in where and Path(where).suffix == ".json":
        return _from_file(Path(where))
    graph = either(where)
    if not isinstance(graph, Graph):
        raise GraphError(f"{where} gives {type(graph).__name__}; expected a Graph, of which a session is made here")
    if not graph.nodes:
        raise GraphError(f"{where} gives a graph without nodes; connect some, or add one")
    return graph


def flow(where: str) -> Flow[Any]:
    """The flow at `module:flow` or `file.py:flow`, which may be a function that gives one.

    Raises:
        GraphError: there is none.
    """
    found = either(where, FLOW)
    if not is_flow(found):
        raise GraphError(f"{where} gives {type(found).__name__}; expected a Flow")
    return found


def is_flow(found: object) -> TypeGuard[Flow[Any]]:
    """Whether this is a flow."""
    from voiceflow.flow import Flow

    return isinstance(found, Flow)


def either(where: str, expected: str = WHERE) -> Any:
    """What stands at `module:name` or `file.py:name`; of a function that wants nothing, what it gives."""
    build = function(where, expected)
    return called(build, where) if callable(build) else build


def function(where: str, expected: str = WHERE) -> Any:
    """What stands at `module:name` or `file.py:name`; the name is `build` if none is given.

    Raises:
        GraphError: there is none.
    """
    path, colon, name = where.rpartition(":")
    if not colon:
        path, name = where, "build"
    found = module(path, expected)
    build = getattr(found, name, None)
    if build is None:
        there = ", ".join(sorted(functions(found)))
        raise GraphError(f"{path} has no {name!r}; what can be called there: {there or 'nothing'}; give {expected}")
    return build


def module(path: str, expected: str = WHERE) -> ModuleType:
    """The user's file, or the module of this name; loaded once. `expected` is told where there is none.

    Raises:
        GraphError: there is none, or it runs a loop of its own.
    """
    return _from_path(Path(path), expected) if path.endswith(".py") else _by_name(path, expected)


def functions(found: ModuleType) -> Iterator[str]:
    """What a module can be asked for: not what it has imported."""
    for name, value in vars(found).items():
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", None) == found.__name__:
            yield name


def called(build: Callable[..., object], where: str) -> object:
    """What `build` gives, once it is known to want nothing: a TypeError would look like one of its own."""
    if iscoroutinefunction(build):
        raise GraphError(f"{where} is async; expected a plain function")
    try:
        wanted = signature(build)
    except ValueError:  # of a builtin
        return build()
    try:
        wanted.bind()
    except TypeError as error:
        raise GraphError(
            f"{where} cannot be called without arguments ({error}); give a function of your own that calls it with them"
        ) from error
    return build()


def _from_file(path: Path) -> Graph:
    from voiceflow.graph_json import from_json

    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise GraphError(f"{path} cannot be read: {error.strerror}") from error
    except GraphError as error:
        raise GraphError(f"{path}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise GraphError(f"{path} is no JSON: {error}") from error


def _from_path(path: Path, expected: str) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise GraphError(f"there is no file {path}; give {expected}")
    loaded = sys.modules.get(path.stem)
    if loaded is not None and Path(loaded.__file__ or "").resolve() == path.resolve():
        return loaded
    module = module_from_spec(spec)
    sys.modules[path.stem] = module  # so that attrs and pickling find it by its name
    # As when Python runs a file: what stands beside it can be imported.
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        spec.loader.exec_module(module)
    except RuntimeError as error:
        if str(error) == _NESTED:
            raise GraphError(
                f"{path} runs by itself: put what starts its loop, trio.run, below if __name__ == '__main__':"
            ) from error
        raise
    return module


def _by_name(name: str, expected: str) -> ModuleType:
    if not all(name.split(".")):
        raise GraphError(f"{name!r} is no module's name; give {expected}")
    sys.path.insert(0, str(Path.cwd()))
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise GraphError(f"there is no module {name!r} here; give {expected}") from error
        raise
