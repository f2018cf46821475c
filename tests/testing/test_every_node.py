"""No node ships without a test that runs the contract check of its kind on it."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

import attrs
import pytest

import voiceflow.nodes
from voiceflow import Audio, In, Node, Out, Phrase, Ports, Prediction, Prompt, Sink, Speech, Spoken, Text, Transcript
from voiceflow.nodes.energy import Energy
from voiceflow.nodes.sounddevice import DeviceOutput

TESTS = Path(__file__).resolve().parents[1] / "nodes"

# What a node takes and gives at least, or nothing at all, and the check for that. The first that fits.
KINDS: list[tuple[set[type], set[type], str]] = [
    ({Prompt}, {Text}, "check_llm"),
    ({Phrase}, {Spoken}, "check_tts"),
    ({Audio}, {Transcript}, "check_stt"),
    ({Audio}, {Prediction}, "check_detector"),
    ({Transcript}, {Prediction}, "check_detector"),
    ({Audio}, {Audio, Speech}, "check_vad"),
    ({Audio}, {Audio}, "check_filter"),
    (set(), {Audio}, "check_source"),
    ({Audio}, set(), "check_recorder"),
]


def public_classes() -> list[type[object]]:
    """All that the modules of `voiceflow.nodes` define and do not hide."""
    modules = [
        import_module(f"voiceflow.nodes.{found.name}") for found in pkgutil.iter_modules(voiceflow.nodes.__path__)
    ]
    return [each for module in modules for each in _classes(module) if not each.__name__.startswith("_")]


def _classes(module: ModuleType) -> list[type[object]]:
    found = inspect.getmembers(module, inspect.isclass)
    return [each for _, each in found if each.__module__ == module.__name__]


def is_output(kind: object) -> bool:
    """Whether a speaker could play into it."""
    return all(hasattr(kind, name) for name in ("write", "drop", "open", "lead"))


def check_for(kind: type[object]) -> str:
    """The name of the check that must be run on a node, or on a speaker with an output."""
    if issubclass(kind, Sink) or is_output(kind):
        return "check_sink"
    assert issubclass(kind, Node)
    takes, gives = ({port.kind for port in ports.values()} for ports in (kind.inlets(), kind.outlets()))
    for wanted, given, check in KINDS:
        if wanted <= takes and given <= gives and bool(wanted) == bool(takes) and bool(given) == bool(gives):
            return check
    pytest.fail(f"{kind.__name__} takes {takes} and gives {gives}: no kind of node has a contract for that; write one")


@attrs.frozen
class Suite:
    """One file of tests: which names each of its functions uses, and which checks."""

    uses: dict[str, set[str]]

    @classmethod
    def of(cls, source: str) -> Suite:
        functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
        return cls({each.name: {n.id for n in ast.walk(each) if isinstance(n, ast.Name)} for each in functions})

    def reached(self, test: str) -> set[str]:
        """All names that a test uses, and that the functions use which it uses."""
        found, new = set[str](), {test}
        while new:
            found |= new
            new = {name for function in new for name in self.uses.get(function, set[str]())} - found
        return found

    def run(self, check: str, kind: str) -> bool:
        """Whether a test runs this check on this node."""
        return any({check, kind} <= self.reached(test) for test in self.uses if test.startswith("test_"))


@cache
def files() -> list[Suite]:
    return [Suite.of(path.read_text(encoding="utf-8")) for path in sorted(TESTS.glob("test_*.py"))]


@pytest.mark.parametrize("kind", [k for k in public_classes() if is_output(k) or issubclass(k, Node)])
def test_has_a_contract_test(kind: type[object]) -> None:
    """One that runs the check of its kind."""
    check = check_for(kind)
    assert any(tests.run(check, kind.__name__) for tests in files()), f"no test runs {check} on {kind.__name__}"


def test_the_nodes_are_found() -> None:
    """Those that others are made of, too: a list that is empty would have nothing to say."""
    assert {Energy, DeviceOutput} <= set(public_classes())


class Odd(Node):
    audio = In(Audio)
    texts = Out(Text)

    async def run(self, ports: Ports) -> None: ...


def test_a_kind_without_a_contract_is_told() -> None:
    """By what it takes and gives."""
    with pytest.raises(pytest.fail.Exception, match=r"Odd takes .* write one"):
        check_for(Odd)


@pytest.mark.parametrize(
    ("source", "runs"),
    [
        ("async def test_it(): await check_tts(Loud)", True),
        ("def make(): return Loud()\nasync def test_it(): await check_tts(lambda: make())", True),
        ("class TestAll:\n    def test_it(self): trio.run(partial(check_tts, Loud))", True),
        ("async def test_it(): await check_tts(Soft)\ndef test_other(): Loud()", False),
        ("async def test_it(): await check_llm(Loud)", False),
        ("async def it(): await check_tts(Loud)", False),
    ],
)
def test_what_counts_as_a_contract_test(source: str, runs: bool) -> None:
    """A test that leads to the check and to the node; another that uses the node does not."""
    assert Suite.of(source).run("check_tts", "Loud") == runs
