"""The wheel and the sdist as a user gets them: outside the repository, each in an environment of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import pytest

from voiceflow.graphs import clips
from voiceflow.nodes.soundfile import read_audio, write_audio

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).resolve().parent.parent
Kind = Literal["wheel", "sdist"]

USER: Final = '''\
"""A project of somebody who only has the package."""

import attrs

from voiceflow import Audio, Chunker, Graph, In, Node, Out, Ports, Session, Speaker, Text, TextFilter, TurnTaking
from voiceflow.nodes.hibari import Hibari
from voiceflow.nodes.llamacpp import LlamaCpp
from voiceflow.nodes.pocketsphinx import PocketSphinx
from voiceflow.nodes.silero import Silero


@attrs.define(eq=False)
class Louder(Node):
    """A node of the user's own."""

    times: int = 2

    audio = In(Audio)
    louder = Out(Audio)

    async def run(self, ports: Ports) -> None:
        async for block in ports[self.audio]:
            await ports[self.louder].send(Audio(block.samples * self.times, block.rate, block.pts))


def build(source: Louder) -> Graph:
    vad, turns = Silero(), TurnTaking()
    graph = Graph().connect(source.louder, vad).connect(vad, PocketSphinx(), turns).connect(vad.speech, turns.speech)
    return graph.connect(turns, LlamaCpp(), TextFilter(), Chunker(), Hibari(), Speaker())


async def call(graph: Graph) -> list[str]:
    async with Session(graph) as session:
        await session.finished()
        return [message.text for message in session.history]


def text(frame: Text) -> str:
    return frame.text
'''
WRONG: Final = '''\
"""A wire between ports that do not fit."""

from agent import Louder
from voiceflow import Chunker, Graph


def build(source: Louder, sink: Chunker) -> Graph:
    return Graph().connect(source.louder, sink.text)
'''


def _run(*command: str | Path, cwd: Path, status: int | None = 0) -> str:
    """What a command prints, far from the repository and from this process's environment."""
    dropped = ("PYTHON", "VIRTUAL_ENV", "COV", "MYPY")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert status is None or done.returncode == status, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[Kind, Path]:
    """The wheel and the sdist, each built from the repository."""
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "hatchling", "build", "-d", folder, cwd=ROOT)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment that has nothing but pip."""
    folder = tmp_path_factory.mktemp("user")
    _run(sys.executable, "-m", "venv", folder, cwd=folder)
    return folder


@pytest.fixture(scope="module", params=["wheel", "sdist"])
def installed(built: dict[Kind, Path], fresh: Path, request: pytest.FixtureRequest) -> Path:
    """The folder of the environment with the package, and what the demo needs: the wheel's install brings that, and
    the sdist takes the wheel's place, with the same requirements to the byte."""
    kind: Kind = request.param
    pip = (fresh / "bin/python", "-m", "pip", "-qq", "--disable-pip-version-check")
    if kind == "sdist":
        _run(*pip, "uninstall", "--yes", "voiceflow", cwd=fresh)
        assert not [*fresh.glob("lib/*/site-packages/voiceflow*")]
    _run(*pip, "install", f"{built[kind]}[embedded]", cwd=fresh)
    return fresh


def test_the_wheel_has_every_module_once(built: dict[Kind, Path]) -> None:
    """nodes/ and graphs/ lie inside voiceflow/, and nothing lies beside it; data files of the packages are there."""
    names = [name for name in zipfile.ZipFile(built["wheel"]).namelist() if ".dist-info/" not in name]
    files = [
        path for folder in ("voiceflow", "nodes", "graphs") for path in (ROOT / folder).rglob("*") if path.is_file()
    ]
    wanted = {
        str(
            path.relative_to(ROOT)
            if path.is_relative_to(ROOT / "voiceflow")
            else Path("voiceflow", path.relative_to(ROOT))
        )
        for path in files
        if "__pycache__" not in path.parts
    }
    assert sorted(names) == sorted(wanted)
    assert "voiceflow/py.typed" in names


def test_the_sdist_can_be_tested(built: dict[Kind, Path]) -> None:
    """It has the tests, the pages and the makefile besides the package: all that the repository has but git's own."""
    with tarfile.open(built["sdist"]) as archive:
        names = {member.name.partition("/")[2] for member in archive if member.isfile()}
    assert sorted(names - {"PKG-INFO"}) == sorted(str(path.relative_to(ROOT)) for path in _ours())


def _ours() -> Iterator[Path]:
    """The files of the project, whether they are in the repository yet or not."""
    top = ("LICENSE", "Makefile", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "pyproject.toml", ".gitignore")
    yield from (ROOT / name for name in top)
    for folder in (".ci", "benchmarks", "docs", "graphs", "nodes", "tests", "voiceflow"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def test_the_sdist_makes_the_same_wheel(built: dict[Kind, Path], tmp_path: Path) -> None:
    """To the byte."""
    with tarfile.open(built["sdist"]) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    _run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "dist", cwd=folder)
    (again,) = (tmp_path / "dist").iterdir()
    assert again.name == built["wheel"].name
    assert _contents(again) == _contents(built["wheel"])


def _contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_nothing_of_the_repository_is_imported(installed: Path) -> None:
    """The package lies in the environment, with its nodes and graphs inside it."""
    program = (
        "import voiceflow.nodes, voiceflow.graphs as g; print(voiceflow.__file__, voiceflow.nodes.__file__, g.__file__)"
    )
    for path in _run(installed / "bin/python", "-c", program, cwd=installed).split():
        assert Path(path).is_relative_to(installed / "lib")


def test_doctor_finds_the_demo_ready(installed: Path, tmp_path: Path) -> None:
    """And the program says its version."""
    assert _run(installed / "bin/voiceflow", "doctor", cwd=tmp_path).endswith("voiceflow demo can run.\n")
    assert _run(installed / "bin/voiceflow", "--version", cwd=tmp_path).startswith("voiceflow 0.")


only_the_wheel = pytest.mark.parametrize("installed", ["wheel"], indirect=True)
"""The sdist makes the same one, to the byte."""


@only_the_wheel
def test_the_readmes_first_example_runs(installed: Path, tmp_path: Path) -> None:
    """The caller is understood and answered."""
    match = re.search(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    assert match
    (tmp_path / "first.py").write_text(match[1])
    write_audio(tmp_path / "question.wav", read_audio(Path(clips.__file__).parent / "people.flac", 16000), 16000)
    printed = _run(installed / "bin/python", "first.py", cwd=tmp_path)
    assert re.findall(r"^(\w+): \S", printed, re.MULTILINE) == ["system", "user", "assistant"]


@pytest.fixture
def project(installed: Path, tmp_path: Path) -> tuple[Path, Path]:
    """A user's project, right but for one wire, and the Python of its environment, which has the package alone."""
    (tmp_path / "agent.py").write_text(USER)
    (tmp_path / "wrong.py").write_text(WRONG)
    return tmp_path, installed / "bin/python"


@only_the_wheel
def test_a_users_project_passes_mypy(project: tuple[Path, Path]) -> None:
    """In its strict mode; and the wrong wire is seen."""
    folder, python = project
    options = ("--strict", "--no-incremental", "--python-executable", python)
    printed = _run(sys.executable, "-m", "mypy", *options, "agent.py", "wrong.py", cwd=folder, status=1)
    assert printed.startswith("wrong.py:8: error:")
    assert printed.endswith("\nFound 1 error in 1 file (checked 2 source files)\n")


@only_the_wheel
def test_a_users_project_passes_pyright(project: tuple[Path, Path]) -> None:
    """In its strict mode; and the wrong wire is seen."""
    folder, python = project
    (folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict"}')
    printed = _run(sys.executable, "-m", "pyright", "--pythonpath", python, cwd=folder, status=1)
    assert set(re.findall(r"(\w+\.py:\d+):\d+ - error:", printed)) == {"wrong.py:8"}
