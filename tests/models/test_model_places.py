"""Where a model is looked for, in which order, and what is said when it is nowhere."""

from __future__ import annotations

import itertools
import os
import sys
from pathlib import Path

import attrs
import pytest

from voiceflow.errors import ProviderError
from voiceflow.models import (
    CATALOGUE,
    Carrier,
    CorruptModel,
    File,
    MissingModel,
    Model,
    UnknownModel,
    cache_folder,
    find,
    locate,
    status,
    verify,
)

HELLO_SUM = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"  # of b"hello"
SINGLE = Model(
    "tiny",
    "vad",
    "1",
    "for tests",
    "MIT",
    "nowhere",
    (File("a.bin", 5, HELLO_SUM),),
    carriers=(Carrier("tiny-dist", "tinypack/data"),),
)
SEVERAL = attrs.evolve(SINGLE, files=(File("a.bin", 5, HELLO_SUM), File("below/b.bin", 5, HELLO_SUM)))


def put(*paths: Path, content: bytes = b"hello") -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def install(site: Path, package: Path | None = None) -> Path:
    """A distribution whose package raises when it is imported; `package` lays it elsewhere, as an editable one."""
    put(
        site / "tiny_dist-3.4.dist-info" / "METADATA", content=b"Metadata-Version: 2.1\nName: tiny-dist\nVersion: 3.4\n"
    )
    folder = (package or site) / "tinypack"
    put(folder / "__init__.py", content=b"raise RuntimeError('imported')")
    put(folder / "data" / "a.bin", folder / "data" / "below" / "b.bin")
    return folder / "data"


def test_the_order_of_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of $VOICEFLOW_MODELS, an installed package and the cache, the first that has the model is taken."""
    site, folder = tmp_path / "site", tmp_path / "folder"
    package = install(site)
    for variable, installed, cached in itertools.product([True, False], repeat=3):
        places = [
            (variable, folder / "a.bin", "$VOICEFLOW_MODELS"),
            (installed, package / "a.bin", "package tiny-dist 3.4"),
            (cached, cache_folder(SINGLE) / "a.bin", "cache"),
        ]
        for there, path, _ in places:
            put(path) if there else path.unlink(missing_ok=True)
        with monkeypatch.context() as patch:
            patch.setattr(sys, "path", [str(site), *sys.path])
            patch.setenv("VOICEFLOW_MODELS", str(folder))
            expected = [(path, place) for there, path, place in places if there]
            if expected:
                found = find(SINGLE)
                assert (found.path, found.place) == expected[0]
            else:
                with pytest.raises(MissingModel):
                    find(SINGLE)
            # An explicit path is before all of them.
            put(tmp_path / "mine.bin")
            assert locate(SINGLE, tmp_path / "mine.bin") == tmp_path / "mine.bin"
    assert "tinypack" not in sys.modules


def test_an_explicit_path_is_a_file_or_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model of one file may have any name; a model of several is a folder; ~ is the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    put(tmp_path / "a.bin", tmp_path / "below" / "b.bin", tmp_path / "other.onnx")
    assert locate(SINGLE, tmp_path / "other.onnx") == tmp_path / "other.onnx"
    assert locate(SINGLE, str(tmp_path)) == tmp_path / "a.bin"
    assert locate(SEVERAL, tmp_path) == tmp_path
    assert locate(SINGLE, "~/other.onnx") == tmp_path / "other.onnx"


@pytest.mark.parametrize(
    ("model", "name", "matter"),
    [
        (SINGLE, "nothing", "no such folder"),
        (SINGLE, "empty.bin", "is empty"),
        (SINGLE, "folder", "lacks a.bin"),
        (SEVERAL, "folder", "lacks a.bin, below/b.bin"),
        (SEVERAL, "a-file", "is a file; the folder that holds the model's files is wanted"),
    ],
)
def test_a_wrong_explicit_path_is_an_error(tmp_path: Path, model: Model, name: str, matter: str) -> None:
    """No other place is looked at, although the cache has the model."""
    put(cache_folder(model) / "a.bin", cache_folder(model) / "below" / "b.bin", tmp_path / "a-file")
    put(tmp_path / "empty.bin", content=b"")
    (tmp_path / "folder").mkdir()
    with pytest.raises(MissingModel) as caught:
        locate(model, tmp_path / name)
    assert f"  path {tmp_path / name}: {matter}\nGive the path that has it, or none" in str(caught.value)


@pytest.mark.parametrize("below", ["", "tiny", "tiny/1"])
def test_folders_of_the_variable_may_be_flat_by_name_or_a_copy_of_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    """The files lie in the folder, in NAME/ or in NAME/VERSION/; the first folder that has them is taken."""
    monkeypatch.setenv("VOICEFLOW_MODELS", os.pathsep.join(["", str(tmp_path / "none"), str(tmp_path / "some")]))
    folder = tmp_path / "some" / below
    put(folder / "a.bin", folder / "below" / "b.bin")
    assert locate(SINGLE) == folder / "a.bin"
    assert locate(SEVERAL) == folder


def test_a_missing_model_says_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was looked for, each place and what was the matter there, and the command that mends it."""
    monkeypatch.setenv("VOICEFLOW_MODELS", os.pathsep.join([str(tmp_path / "none"), str(tmp_path / "some")]))
    put(tmp_path / "some" / "tiny" / "a.bin")
    put(cache_folder(SEVERAL) / "a.bin", content=b"half")
    put(cache_folder(SEVERAL) / "below" / "b.bin")
    with pytest.raises(MissingModel) as caught:
        locate(SEVERAL)
    assert str(caught.value) == (
        "model tiny (vad) was not found. Looked for a.bin, below/b.bin in\n"
        f"  $VOICEFLOW_MODELS {tmp_path / 'none'}: no such folder\n"
        f"  $VOICEFLOW_MODELS {tmp_path / 'some' / 'tiny'}: lacks below/b.bin\n"
        "  package tiny-dist: not installed\n"
        f"  cache {cache_folder(SEVERAL)}: a.bin has 4 bytes, not 5\n"
        "Get it with: voiceflow models fetch tiny"
    )
    assert caught.value.model == "tiny"
    assert caught.value.mend == "voiceflow models fetch tiny"
    assert isinstance(caught.value, LookupError)
    assert isinstance(caught.value, ProviderError)


def test_an_unset_variable_is_said_to_be_unset() -> None:
    """So that its name is learnt from the message."""
    with pytest.raises(MissingModel, match=r"\$VOICEFLOW_MODELS: not set"):
        locate(SINGLE)


def test_a_package_may_lie_elsewhere_than_its_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editable install is found by its package's spec, without importing it."""
    data = install(tmp_path / "site", tmp_path / "source")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    monkeypatch.setattr(sys, "path", [str(tmp_path / "source"), *sys.path])
    assert find(SEVERAL).path == data
    assert "tinypack" not in sys.modules


def test_another_version_of_a_package_is_taken_but_not_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package's file of another size is found; `verify` says that it is not the catalogue's."""
    put(install(tmp_path / "site") / "a.bin", content=b"another")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    assert find(SINGLE).place == "package tiny-dist 3.4"
    with pytest.raises(
        CorruptModel, match=r"found by package tiny-dist 3.4\) has 7 bytes and .* Reinstall the package"
    ):
        verify(SINGLE)


def test_verify_holds_every_file_against_its_sum() -> None:
    """The cache's sizes are right, one content is not; the way out is the fetch command."""
    folder = cache_folder(SEVERAL)
    put(folder / "a.bin", folder / "below" / "b.bin")
    assert verify(SEVERAL) == folder
    put(folder / "below" / "b.bin", content=b"jello")
    with pytest.raises(
        CorruptModel, match=r"below/b.bin \(found by cache\).*Fetch it anew: voiceflow models fetch tiny"
    ):
        verify(SEVERAL)


def test_a_name_that_is_not_in_the_catalogue_gets_the_nearest(tmp_path: Path) -> None:
    """A mistyped name is no missing model: a node that can do without the model must not take it for one."""
    with pytest.raises(UnknownModel, match=r"no model is named 'smart-turn'; did you mean 'smart-turn-v3'\?") as caught:
        locate("smart-turn")
    assert not isinstance(caught.value, MissingModel)
    with pytest.raises(UnknownModel, match=r"no model is named 'zzz'\. Known models: silero-vad, "):
        locate("zzz")


def test_a_relative_cache_home_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The XDG Base Directory Specification wants it so."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for value in ("relative/folder", ""):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert cache_folder(SINGLE) == tmp_path / ".cache" / "voiceflow" / "models" / "tiny" / "1"


def test_status_has_every_model_found_or_with_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder named in the variable makes a model found; a missing one has no path, and a command."""
    monkeypatch.setenv("VOICEFLOW_MODELS", str(tmp_path))
    put(tmp_path / "smart-turn-v3.2-cpu.onnx")
    rows = {entry.name: entry for entry in status()}
    assert list(rows) == [model.name for model in CATALOGUE]
    turn, whisper = rows["smart-turn-v3"], rows["whisper-base"]
    assert (turn.found, turn.path, turn.place) == (True, tmp_path / "smart-turn-v3.2-cpu.onnx", "$VOICEFLOW_MODELS")
    assert (whisper.found, whisper.path, whisper.place) == (False, None, "")
    assert whisper.mend == "voiceflow models fetch whisper-base"
    assert whisper.size == 147_882_941
