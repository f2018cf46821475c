"""Names that are loaded when they are first asked for: the same for type checkers and for programs."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from voiceflow._later import later

PACKAGES = ["voiceflow", "voiceflow.chat"]


def declared(package: str) -> dict[str, str]:
    """What type checkers are told: the names under `if TYPE_CHECKING`, and their modules."""
    tree = ast.parse(Path(str(import_module(package).__file__)).read_text(encoding="utf-8"))
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    return {str(each.asname): str(node.module) for node in imports for each in node.names}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_that_is_declared_is_found_where_it_is_declared(package: str) -> None:
    """And its module is not loaded before."""
    homes = declared(package)
    assert homes
    assert {name: getattr(import_module(package), name) for name in homes} == {
        name: getattr(import_module(home), name) for name, home in homes.items()
    }
    program = f"import sys, {package}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert package in done.stdout.split()
    assert set(homes.values()) & set(done.stdout.split()) == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_star_brings_every_name(package: str) -> None:
    """And nothing else: no module, and not what the package itself is made with."""
    found: dict[str, object] = {}
    exec(f"from {package} import *", found)
    assert {name for name in found if name != "__builtins__"} == set(import_module(package).__all__)
    assert set(declared(package)) <= set(found)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_name_is_that_of_a_module(package: str) -> None:
    """Once the module was loaded it would stand in the name's place."""
    folder = Path(str(import_module(package).__file__)).parent
    assert [name for name in declared(package) if (folder / f"{name}.py").exists() or (folder / name).exists()] == []


def test_a_name_that_there_is_not_is_an_error_as_anywhere() -> None:
    """With the words of Python's own."""
    with pytest.raises(AttributeError, match=r"^module 'voiceflow' has no attribute 'Chunkers'$"):
        later("voiceflow", {"text_stages": "Chunker"})[0]("Chunkers")
    with pytest.raises(ImportError, match="cannot import name 'Chunkers'"):
        exec("from voiceflow import Chunkers")
