"""The floors of the house: which file may import what."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import attrs
import pytest

ROOT: Final = Path(__file__).resolve().parent.parent

# A file belongs to the floor of the longest of these names that it begins with, and imports from that floor and lower
# ones. One that begins with none of them fails the test: say here where it stands.
FLOORS: Final[dict[str, int]] = {
    # 0, pure: values and machines, no trio, no clock, no logging, no I/O
    "errors": 0,
    "frames": 0,
    "items": 0,
    "ports": 0,
    "node": 0,
    "services": 0,
    "graph": 0,
    "_graph_rules": 0,
    "_joining": 0,
    "_calling_back": 0,
    "machines": 0,
    # 1, runtime: how nodes are run and joined; where models lie
    "trace": 1,
    "_attended": 1,
    "_clock": 1,
    "_later": 1,
    "_executor": 1,
    "_frozen": 1,
    "_in_flight": 1,
    "_inbox": 1,
    "_patience": 1,
    "_place": 1,
    "_changes": 1,
    "_outbox": 1,
    "_ports": 1,
    "_pump": 1,
    "_process": 1,
    "_process_main": 1,
    "_supervisor": 1,
    "_timers": 1,
    "_taking": 1,
    "_wire": 1,
    "models": 1,
    # 2, conversation: stages that ship with voiceflow, one turn, a session
    "_agenda": 2,
    "_condensing": 2,
    "_cost": 2,
    "_duty": 2,
    "_stages": 2,
    "_stay": 2,
    "agents": 2,
    "_conductor": 2,
    "_guessing": 2,
    "_lineup": 2,
    "_minutes": 2,
    "_opening": 2,
    "_rounds": 2,
    "_running": 2,
    "_turn": 2,
    "_wiring": 2,
    "_within": 2,
    "answer_format": 2,
    "audio_sink": 2,
    "background": 2,
    "barge_in": 2,
    "batching": 2,
    "cached": 2,
    "caller": 2,
    "chat": 2,
    "chat_completions": 2,
    "chat_exchange": 2,
    "detection": 2,
    "events": 2,
    "filtering": 2,
    "flow": 2,
    "keypad": 2,
    "knowledge": 2,
    "knowledge.passages": 0,
    "mcp": 2,
    "onnx": 2,
    "opus": 2,
    "opus_line": 2,
    "output": 2,
    "phrase_cache": 2,
    "recorded": 2,
    "resampling": 2,
    "served_model": 2,
    "session": 2,
    "sound_file": 2,
    "speaker": 2,
    "text": 2,
    "text_sink": 2,
    "text_stages": 2,
    "tools": 2,
    "turn_taking": 2,
    "utterance": 2,
    "voicemail": 2,
    # 3, surface: what a person starts
    "": 3,  # voiceflow/__init__.py, which re-exports
    "__main__": 3,
    "_ctrl_c": 3,
    "bench": 3,
    "cli": 3,
    "client": 3,
    "_client_sound": 3,
    "_dial": 3,
    "commands": 3,
    "_draw": 3,
    "_draw_flow": 3,
    "_draw_layout": 3,
    "_draw_svg": 3,
    "_svg": 3,
    "_usage": 3,
    "draw": 3,
    "graph_json": 3,
    "observe": 3,
    "serve": 3,
    "sim": 3,
    "testing": 3,
}
THIRD_PARTIES: Final[dict[int, set[str]]] = {
    0: {"attrs", "numpy"},
    1: {"attrs", "numpy", "trio", "outcome"},  # outcome is how trio wakes a task with a value
    2: {"attrs", "numpy", "trio"},
}
ADAPTERS: Final[dict[str, str]] = {
    "voiceflow.chat_exchange": "httpx",
    "voiceflow.chat.images": "PIL",
    "voiceflow.mcp.address": "mcp anyio httpx2",
    "voiceflow.mcp.connection": "mcp",
    "voiceflow.mcp.flow": "mcp anyio",
    "voiceflow.mcp.program": "mcp",
    "voiceflow.mcp.schema": "jsonschema referencing",
    "voiceflow.onnx": "onnxruntime",
    "voiceflow.opus": "av",
    "voiceflow.resampling": "samplerate",
    "voiceflow.knowledge.lookup": "httpx",
    "voiceflow.served_model": "httpx",
    "voiceflow.sound_file": "soundfile",
    "voiceflow.text.counting": "num2words",
    "voiceflow.text.hyphenation": "pyphen",
    "voiceflow.text.names": "babel",
}
"""What several stages share stands on floor 2, each file around one third party, and what that one brings with it."""

IMPURE: Final = {
    *("asyncio", "concurrent", "datetime", "glob", "io", "logging", "multiprocessing", "os", "pathlib", "queue"),
    *("random", "sched", "secrets", "select", "selectors", "shutil", "signal", "socket", "ssl", "subprocess"),
    *("sys", "tempfile", "threading", "time", "urllib.request", "warnings"),
}
"""What of the standard library has a clock, does I/O, or is shared: not for floor 0."""

# What nodes may use besides the names of `voiceflow` itself; docs/api.md lists it for those who write nodes.
TOOLBOX: Final = {
    "voiceflow.batching",
    *("voiceflow.answer_format", "voiceflow.chat_completions", "voiceflow.chat_exchange", "voiceflow.detection"),
    "voiceflow.filtering",
    *("voiceflow.chat", "voiceflow.items", "voiceflow.tools"),
    *("voiceflow.machines", "voiceflow.models", "voiceflow.onnx", "voiceflow.resampling", "voiceflow.served_model"),
    "voiceflow.sound_file",
}
EVERYWHERE: Final = {"attrs", "numpy", "trio"}
COMPANIONS: Final = {"httpx", "tqdm"}
"""How a third party is reached, or what it brings with it (faster-whisper its progress bars): not one beside it."""


@attrs.frozen
class Module:
    """A file, and the name it is imported by."""

    path: Path = attrs.field(repr=False)
    name: str

    def imports(self) -> tuple[str, ...]:
        """The modules it imports, in whatever place, also those whose name is given to `import_module`."""
        return _imports(self.path)


@cache
def _imports(path: Path) -> tuple[str, ...]:
    """Several tests ask for them; to read a file takes much longer than to look at what it imports."""
    return tuple(name for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) for name in _named(node))


def _named(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=names):
            yield from (each.name for each in names)
        case ast.ImportFrom(module=str(module), names=names, level=0):
            yield from (_module(module, each.name) for each in names)
        case ast.ImportFrom(level=level) if level:
            yield "." * level  # no relative imports: they hide which floor is meant
        case ast.Call(func=ast.Name(id="import_module"), args=[ast.Constant(value=str(module)), *_]):
            yield module
        case _:
            pass


def _module(module: str, name: str) -> str:
    """`from module import name` imports a module of that name if there is one."""
    path = ROOT.joinpath(*module.split("."), name)
    return f"{module}.{name}" if path.is_dir() or path.with_suffix(".py").is_file() else module


def _modules(folder: str, package: str) -> list[Module]:
    found: list[Module] = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        parts = path.relative_to(ROOT / folder).with_suffix("").parts
        if parts[0] not in ("nodes", "graphs"):
            found.append(Module(path, ".".join([package, *(part for part in parts if part != "__init__")])))
    return found


HOUSE: Final = _modules("voiceflow", "voiceflow")
NODES: Final = _modules("nodes", "voiceflow.nodes")
GRAPHS: Final = _modules("graphs", "voiceflow.graphs")


def _floor(name: str) -> int | None:
    parts = name.split(".")[1:]
    for length in range(len(parts), 0, -1):
        floor = FLOORS.get(".".join(parts[:length]))
        if floor is not None:
            return floor
    return None if parts else FLOORS[""]


def _top(name: str) -> str:
    return name.partition(".")[0]


def _is_ours(name: str) -> bool:
    return _top(name) == "voiceflow"


def _is_foreign(name: str) -> bool:
    return not _is_ours(name) and _top(name) not in sys.stdlib_module_names


def _inside(name: str, names: set[str]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for each in names)


each_of_the_house = pytest.mark.parametrize("module", HOUSE, ids=lambda module: module.name)
each_node = pytest.mark.parametrize("module", NODES, ids=lambda module: module.name)


def test_every_file_stands_on_a_floor() -> None:
    """Whoever adds one says where it belongs."""
    assert [module.name for module in HOUSE if _floor(module.name) is None] == []


@each_of_the_house
def test_a_file_imports_from_its_own_floor_and_lower_ones(module: Module) -> None:
    """And never a node: the house knows none of them. The surface does, by name, when it is asked for one."""
    floor = _floor(module.name) or 0
    ours = [name for name in module.imports() if _is_ours(name)]
    nodes = [name for name in ours if _inside(name, {"voiceflow.nodes", "voiceflow.graphs"})]
    higher = [name for name in ours if name not in nodes and (_floor(name) or 0) > floor]
    assert (nodes if floor < 3 else [], higher) == ([], [])


@each_of_the_house
def test_a_floor_uses_only_what_it_may(module: Module) -> None:
    """Third parties are few below the surface."""
    allowed = THIRD_PARTIES.get(_floor(module.name) or 0)
    if allowed is not None:
        allowed = allowed | set(ADAPTERS.get(module.name, "").split())
        assert [name for name in module.imports() if _is_foreign(name) and _top(name) not in allowed] == []


@pytest.mark.parametrize("module", [m for m in HOUSE if _floor(m.name) == 0], ids=lambda module: module.name)
def test_the_lowest_floor_is_pure(module: Module) -> None:
    """No clock, no logging, no I/O, no threads; it prints and opens nothing."""
    tree = ast.parse(module.path.read_text(encoding="utf-8"))
    calls = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert [name for name in module.imports() if {name, _top(name)} & IMPURE] == []
    assert calls & {"open", "print", "input", "exec", "eval"} == set()


@each_node
def test_a_node_uses_public_names_alone(module: Module) -> None:
    """Those of `voiceflow`, and the modules that are made for nodes."""
    ours = [name for name in module.imports() if _is_ours(name) and name != "voiceflow"]
    private = [
        name for name in ours if any(part.startswith("_") for part in name.split(".")) and not _own(module, name)
    ]
    others = [name for name in ours if not _inside(name, TOOLBOX) and not _own(module, name)]
    assert (private, others) == ([], [])


def _own(module: Module, name: str) -> bool:
    """`nodes/_x.py` and `nodes/_x_part.py` are parts of `nodes/x.py`: what runs in its worker process or thread."""
    part = f"voiceflow.nodes._{module.name.rpartition('.')[2].removeprefix('_')}"
    return name == part or name.startswith(f"{part}_")


@each_node
def test_a_node_is_around_one_third_party(module: Module) -> None:
    """And never around a sibling."""
    foreign = {_top(name) for name in module.imports() if _is_foreign(name)} - EVERYWHERE
    assert len(foreign - COMPANIONS) <= 1, foreign


@pytest.mark.parametrize("module", GRAPHS, ids=lambda module: module.name)
def test_a_graph_uses_public_names_and_nodes(module: Module) -> None:
    """A ready-made graph is what a user could have written."""
    ours = [name for name in module.imports() if _is_ours(name) and name != "voiceflow"]
    allowed = TOOLBOX | {"voiceflow.nodes", "voiceflow.graphs", "voiceflow.flow"}
    assert [name for name in ours if not _inside(name, allowed)] == []
    assert {_top(name) for name in module.imports() if _is_foreign(name)} <= EVERYWHERE


@pytest.mark.parametrize("module", [*HOUSE, *NODES, *GRAPHS], ids=lambda module: module.name)
def test_no_import_is_relative_or_under_a_bare_name(module: Module) -> None:
    """`import nodes` would make every class of a node twice."""
    assert [name for name in module.imports() if name.startswith(".") or _top(name) in ("nodes", "graphs")] == []


def test_every_third_party_is_declared() -> None:
    """In pyproject.toml, for everybody or in an extra; pyrnnoise is not, for the reason that its node says."""
    brought = {"pyrnnoise", "tqdm", "anyio", "httpx2", "referencing"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    declared = {re.split(r"[^\w.-]", line)[0].replace("-", "_") for line in lines} | brought
    used = {_top(name) for module in [*HOUSE, *NODES, *GRAPHS] for name in module.imports() if _is_foreign(name)}
    declared |= {module for module, package in [("PIL", "pillow"), ("hibari", "hibari_tts")] if package in declared}
    assert used - declared == set()


@pytest.mark.parametrize("folder", ["voiceflow", "nodes", "graphs"])
def test_a_package_file_only_re_exports(folder: str) -> None:
    """Nothing is defined in an `__init__.py`, and every name is exported on purpose: `X as X`."""
    wrong: list[str] = []
    for path in sorted((ROOT / folder).rglob("__init__.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            match node:
                case ast.Expr(value=ast.Constant()) | ast.If():  # the docstring; nodes' and graphs' guard
                    continue
                case ast.ImportFrom(names=names) if all(each.asname == each.name for each in names):
                    continue
                case ast.ImportFrom(module="typing") | ast.Assign(targets=[ast.Name("TYPE_CHECKING")]):
                    continue  # which names are loaded later, see _later.py
                case _:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert wrong == []
