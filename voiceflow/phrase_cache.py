"""Phrases that were synthesised before: kept in memory, and on disk if asked, and made once for all who want them."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any, Literal

import attrs
import trio
from attrs import validators as are

from voiceflow.errors import ProviderError
from voiceflow.frames import Spoken
from voiceflow.machines.lru import Lru
from voiceflow.machines.synthesis import Synthesis, decoded

_AHEAD = 500_000_000
"""Nanoseconds by which a synthesis may be ahead of the foremost who listens: what an interruption wastes."""

_SUFFIX = ".phrase"


@attrs.define(eq=False)
class Making:
    """One synthesis on its way, and those who listen to it. Ends when all of them have left."""

    chunks: list[Spoken] = attrs.field(factory=list[Spoken], init=False)
    state: Literal["going", "done", "failed", "left"] = attrs.field(default="going", init=False)
    """`left`: it was cancelled, and whoever still wants it begins it again."""
    error: ProviderError | None = attrs.field(default=None, init=False)
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope, init=False)
    _taken: dict[int, int] = attrs.field(factory=dict[int, int], init=False)
    """Chunks that each listener has taken."""
    _ears: int = attrs.field(default=0, init=False)
    _news: trio.Event = attrs.field(factory=trio.Event, init=False)

    @contextlib.contextmanager
    def listening(self) -> Generator[int, None, None]:
        """One more listens, whose number is given; who leaves last cancels the work."""
        self._ears += 1
        ear = self._ears
        self._taken[ear] = 0
        try:
            yield ear
        finally:
            del self._taken[ear]
            self.tell()
            if not self._taken and self.state == "going":
                self.state = "left"
                self.scope.cancel(reason="nobody listens to this synthesis any more")

    async def next(self, ear: int) -> Spoken | None:
        """The next chunk for a listener; None when there are no more, for whatever reason."""
        while self._taken[ear] >= len(self.chunks):
            if self.state != "going":
                return None
            await self._news.wait()
        self._taken[ear] += 1
        self.tell()
        return self.chunks[self._taken[ear] - 1]

    async def add(self, chunk: Spoken) -> None:
        """One more chunk; waits until the foremost listener is near enough."""
        self.chunks.append(chunk)
        self.tell()
        while self._ahead() > _AHEAD:
            await self._news.wait()

    def _ahead(self) -> int:
        foremost = max(self._taken.values(), default=0)
        return Synthesis(tuple(self.chunks[foremost:])).nanoseconds

    def end(self, state: Literal["done", "failed", "left"], error: ProviderError | None = None) -> None:
        self.state, self.error = state, error
        self.tell()

    def refusal(self) -> ProviderError:
        """Why it failed, for one of those who listened."""
        assert self.error is not None
        return ProviderError(str(self.error), retryable=self.error.retryable)

    def tell(self) -> None:
        """Something has changed."""
        self._news.set()
        self._news = trio.Event()


def _above_zero(cache: object, field: attrs.Attribute[Any], value: float | None) -> None:
    if value is not None and value <= 0:
        raise ValueError(f"{field.name} is more than 0, or None; got {value}")


def _path(folder: str | os.PathLike[str] | None) -> str | None:
    return None if folder is None else os.fspath(folder)


@attrs.define(eq=False)
class PhraseCache:
    """Synthesised phrases, for any number of calls at a time in one event loop; what was wanted last is kept.

    `seconds` and `bytes` bound what is in memory (None: no bound on that scale). With a `folder` phrases are also
    files there, one each, of `folder_bytes` in all, for later processes; the files hold sound and no text.

    Raises:
        ValueError: nothing bounds the memory, or a bound is not positive.
    """

    seconds: float | None = attrs.field(default=600.0, validator=_above_zero)
    bytes: int | None = attrs.field(default=None, validator=_above_zero)
    folder: str | None = attrs.field(default=None, converter=_path)
    folder_bytes: int = attrs.field(default=256 * 2**20, validator=are.gt(0))

    hits: int = attrs.field(default=0, init=False)
    """Phrases that were there already, in memory or on disk."""
    joined: int = attrs.field(default=0, init=False)
    """Phrases that someone else was just having made."""
    misses: int = attrs.field(default=0, init=False)
    corrupt: int = attrs.field(default=0, init=False)
    """Files that were damaged: they count as misses too, and are removed."""
    unwritten: int = attrs.field(default=0, init=False)
    """Files that the disk did not take."""
    making: dict[str, Making] = attrs.field(factory=dict[str, Making], init=False, repr=False)
    _kept: Lru[Synthesis] = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.seconds is None and self.bytes is None:
            raise ValueError("a phrase cache is bounded: give seconds, bytes, or both")
        rooms = (None if self.seconds is None else round(self.seconds * 1e9)), self.bytes
        self._kept = Lru(tuple(room for room in rooms if room is not None))

    def __len__(self) -> int:
        """Phrases in memory."""
        return len(self._kept)

    def find(self, key: str) -> Synthesis | None:
        """What is in memory under a key."""
        return self._kept.get(key)

    def keep(self, key: str, synthesis: Synthesis) -> None:
        """Keep it in memory, if it fits there at all."""
        # A phrase without a sound weighs a millisecond, or endlessly many of them would fit.
        seconds = () if self.seconds is None else (max(1_000_000, synthesis.nanoseconds),)
        size = () if self.bytes is None else (synthesis.size,)
        self._kept.put(key, synthesis, seconds + size)

    # Files: called in a thread

    def load(self, key: str) -> Synthesis | None:
        """Read a phrase from the folder. A damaged file is none, is counted, and removed."""
        if self.folder is None:
            return None
        path = Path(self.folder, key + _SUFFIX)
        try:
            data = path.read_bytes()
            os.utime(path)  # it was wanted just now
        except OSError:
            return None
        found = decoded(data, key)
        if found is None:
            self.corrupt += 1
            path.unlink(missing_ok=True)
        return found

    def store(self, key: str, synthesis: Synthesis) -> None:
        """Write a phrase into the folder: all of it or nothing, whatever happens meanwhile."""
        if self.folder is None:
            return
        try:
            os.makedirs(self.folder, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=self.folder, suffix=".tmp")
            try:
                with open(descriptor, "wb") as file:
                    file.write(synthesis.encoded(key))
                os.replace(temporary, Path(self.folder, key + _SUFFIX))
            except BaseException:
                os.unlink(temporary)
                raise
            self._prune(Path(self.folder))
        except OSError:
            self.unwritten += 1

    def _prune(self, folder: Path) -> None:
        """Remove what was not wanted for the longest time, down to the bound."""
        files = [(path.stat(), path) for path in folder.glob(f"*{_SUFFIX}")]
        total = sum(stat.st_size for stat, _ in files)
        for stat, path in sorted(files, key=lambda each: each[0].st_mtime_ns):
            if total <= self.folder_bytes:
                return
            path.unlink(missing_ok=True)
            total -= stat.st_size
