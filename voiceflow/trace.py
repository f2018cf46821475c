"""The one trace: marks in the order they happened, read by metrics, recorders, pictures and the live view."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from voiceflow.errors import describe


@attrs.frozen
class Mark:
    """Something happened: at `t` (nanoseconds on the session's clock), in `turn`, at `node`.

    `values` holds figures; a caller's or an agent's words stand only under `text`.
    """

    t: int
    turn: int | None
    node: str
    name: str
    values: Mapping[str, object] = attrs.Factory(dict[str, object])


Reader = Callable[[Mark], object]


@attrs.define(eq=False)
class Trace:
    """Hands each mark to every reader, synchronously. Costs one truth test when nobody reads.

    A reader that raises disturbs neither what it reads about nor the other readers: it is told of the next mark as if
    nothing had been. The others read "reader.failed"; the first `error` is raised by the session when it is left.
    """

    readers: list[Reader] = attrs.Factory(list[Reader])
    error: Exception | None = attrs.field(default=None, init=False)

    def subscribe(self, reader: Reader) -> Callable[[], None]:
        """Add a reader; call what is returned to remove it."""
        self.readers.append(reader)

        def stop() -> None:
            if reader in self.readers:
                self.readers.remove(reader)

        return stop

    def mark(self, t: int, turn: int | None, node: str, name: str, values: Mapping[str, object]) -> None:
        if self.readers:
            mark = Mark(t, turn, node, name, values)
            for reader in tuple(self.readers):
                self._tell(reader, mark)

    def _tell(self, reader: Reader, mark: Mark) -> None:
        try:
            reader(mark)
        except Exception as error:  # whatever a user's callback may raise, in the middle of our own work
            self.error = self.error or error
            if mark.name != "reader.failed":
                self.mark(mark.t, mark.turn, "trace", "reader.failed", {"error": describe(error), "mark": mark.name})
