"""What the pages say is so: examples run, commands, options, names and files exist."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import wave
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np
import pytest
from numpy.typing import NDArray

import voiceflow
from voiceflow.cli import COMMANDS, main
from voiceflow.graphs import clips
from voiceflow.models import CATALOGUE
from voiceflow.nodes.soundfile import read_audio, write_audio
from voiceflow.serve.agent import ServedAgent

ROOT: Final = Path(__file__).resolve().parent.parent
PAGES: Final = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("graphs/**/*.md")])
RUN: Final = "<!-- run -->"
"""Stands before an example that is run as it is, beside a file question.wav."""


@attrs.frozen
class Example:
    """A block of Python in a page."""

    page: Path
    line: int
    code: str = attrs.field(repr=False)
    runs: bool

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def _examples(page: Path) -> list[Example]:
    text = page.read_text(encoding="utf-8")
    found: list[Example] = []
    for match in re.finditer(rf"(?P<run>{RUN}\n)?^```python\n(?P<code>.*?)^```", text, re.DOTALL | re.MULTILINE):
        found.append(Example(page, text[: match.start()].count("\n") + 1, match["code"], bool(match["run"])))
    return found


def _code(page: Path) -> list[str]:
    """Every line of code and every code span of a page."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```.*?^```|(?:^ {4,}.*\n?)+", text, re.DOTALL | re.MULTILINE)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [*lines, *re.findall(r"`([^`\n]+)`", text)]


EXAMPLES: Final = [example for page in PAGES for example in _examples(page)]
FIRST: Final = _examples(ROOT / "README.md")[0]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_an_example_compiles_and_imports_what_there_is(example: Example) -> None:
    """Every module that it names can be imported, and has the names."""
    tree = ast.parse(example.code)
    compile(example.code, str(example), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "voiceflow":
            module = import_module(node.module)
            assert [name.name for name in node.names if not hasattr(module, name.name)] == []


@pytest.mark.parametrize("example", [each for each in EXAMPLES if "\ndef build(audio: " in each.code], ids=str)
def test_an_example_of_an_agent_to_serve_is_taken(example: Example) -> None:
    """As `voiceflow serve` looks at it before any call."""
    names: dict[str, Any] = {}
    exec(compile(example.code, str(example), "exec"), names)
    ServedAgent(build=names["build"], where=str(example)).check()


def test_the_first_example_is_short() -> None:
    """Under 20 lines, and it is run."""
    assert FIRST.runs
    assert len(FIRST.code.splitlines()) < 20


def question(folder: Path) -> None:
    """A file question.wav: a line of the demo's caller that has a short answer, as answers are given in real time."""
    write_audio(folder / "question.wav", read_audio(Path(clips.__file__).parent / "people.flac", 16000), 16000)


@pytest.mark.slow
@pytest.mark.parametrize("example", [example for example in EXAMPLES if example.runs and example != FIRST], ids=str)
def test_an_example_runs(example: Example, tmp_path: Path) -> None:
    """With real models, as a user would run it; what it prints and leaves tells that there was a conversation.

    The first one is run by test_packaging.py, where only the package is.
    """
    question(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", example.code], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    if "call.wav" in example.code:
        assert np.abs(_channels(tmp_path / "call.wav")).max(axis=0).min() > 1000


def _channels(path: Path) -> NDArray[np.int16]:
    """Caller and agent."""
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, file.getnchannels())


@each_page
def test_commands_and_their_options_exist(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of `voiceflow`; what the page says of them can be typed."""
    for line in _code(page):
        for match in re.finditer(r"(?:^|(?<!from)\s|/)voiceflow (?P<name>[a-z]+)\b(?P<rest>[^|<>&;#]*)", line):
            assert match["name"] in {command.name for command in COMMANDS}, line
            with pytest.raises(SystemExit) as ended:
                main([match["name"], *_below(match["name"], match["rest"]), "--help"])
            assert ended.value.code == 0, line
            text = capsys.readouterr().out
            options = re.findall(r"(?<!\S)(--?[a-z][\w-]*)", match["rest"])
            assert [option for option in options if not re.search(rf"(?<![\w-]){option}(?![\w-])", text)] == [], line


def _below(name: str, rest: str) -> list[str]:
    """The command of a command: `voiceflow models fetch`."""
    words = rest.split()
    return words[:1] if name == "models" and words and words[0].isalpha() and words[0].islower() else []


@each_page
def test_targets_of_make_exist(page: Path) -> None:
    """What is said to be made is made."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {name for line in _code(page) for name in re.findall(r"^make ([a-z]+)\b", line)}
    assert named - targets == set()


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    """Those to files of the project."""
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []


def _table(page: str, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading, without its head."""
    text = (ROOT / page).read_text(encoding="utf-8").split(f"\n## {heading}\n", 1)[1]
    rows = [line for line in text.split("\n## ", 1)[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def test_every_public_name_is_listed() -> None:
    """docs/api.md names what `voiceflow` exports, all of it and no more."""
    listed = [
        name for row in _table("docs/api.md", "The names of `voiceflow`") for name in re.findall(r"`(\w+)`", row[1])
    ]
    tree = ast.parse(Path(voiceflow.__file__).read_text(encoding="utf-8"))
    exported = [name.asname for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for name in node.names]
    assert sorted(listed) == sorted(name for name in exported if name)


def test_every_module_that_a_page_imports_from_is_listed() -> None:
    """In docs/api.md, as public; nodes, graphs and machines by their packages."""
    listed = set(re.findall(r"`(voiceflow(?:\.\w+)*)`", (ROOT / "docs/api.md").read_text(encoding="utf-8")))
    trees = [ast.parse(example.code) for example in EXAMPLES]
    froms = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    used = {node.module for node in froms if node.module and node.module.partition(".")[0] == "voiceflow"}
    assert {name for name in used if name not in listed and ".".join(name.split(".")[:2]) not in listed} == set()


def test_every_mark_is_told() -> None:
    """docs/observing.md names each that is written, but for those of measurements and of what is simulated."""
    told = set(re.findall(r"`([a-z_.]+)`", (ROOT / "docs/observing.md").read_text(encoding="utf-8")))
    paths = [*ROOT.glob("voiceflow/**/*.py"), *ROOT.glob("nodes/*.py")]
    texts = [path.read_text(encoding="utf-8") for path in paths if not {"bench", "sim", "testing"} & set(path.parts)]
    trees = [ast.parse(text) for text in texts if ".mark(" in text]
    written = {name for tree in trees for node in ast.walk(tree) if (name := _mark(node))}
    assert len(written) > 50
    assert written - told == set()


def _mark(node: ast.AST) -> str:
    """The name of the mark that is written here, if one is."""
    match node:
        case ast.Call(func=ast.Attribute(attr="mark"), args=[ast.Constant(value=str(name)), *_]):
            return name
        case ast.Call(func=ast.Attribute(attr="mark"), args=[_, _, _, ast.Constant(value=str(name)), *_]):
            return name
        case _:
            return ""


def test_every_dependency_is_told() -> None:
    """docs/dependencies.md has the extras and their packages as pyproject.toml has them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    always = {name.strip() for row in _table("docs/dependencies.md", "Always") for name in row[0].split(",")}
    extras = {
        row[0].strip("`"): {name.strip() for name in row[1].split(",")}
        for row in _table("docs/dependencies.md", "Extras")
    }
    assert {name.lower() for name in always} == _names(project["dependencies"])
    assert extras == {name: _names(lines) for name, lines in project["optional-dependencies"].items()}


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", line)[0] for line in requirements}


def test_every_models_licence_is_told() -> None:
    """As the catalogue has it."""
    told = {row[0].strip("`"): row[1] for row in _table("docs/licences.md", "Models")}
    assert told == {model.name: model.licence for model in CATALOGUE}


def test_every_packages_licence_is_told() -> None:
    """Of all that a user's install brings at our asking."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [lines for name, lines in project["optional-dependencies"].items() if name != "test"]
    told = {row[0].lower() for row in _table("docs/licences.md", "Packages")}
    assert _names([*project["dependencies"], *(line for lines in extras for line in lines)]) - told == set()
