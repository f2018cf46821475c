"""The one trace: marks in the order they happened, read by metrics, recorders, pictures and the live view."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs


@attrs.frozen
class Mark:
    """Something happened: at `t` (nanoseconds on the session's clock), in `turn`, at `node`.

    `values` holds figures; a caller's or an agent's words stand only under `text`.
    """

    t: int
    turn: int | None
    node: str
    name: str
    values: Mapping[str, object] = attrs.Factory(dict)


Reader = Callable[[Mark], object]


@attrs.define(eq=False)
class Trace:
    """Hands each mark to every reader, synchronously. Costs one truth test when nobody reads."""

    readers: list[Reader] = attrs.Factory(list)

    def subscribe(self, reader: Reader) -> Callable[[], None]:
        """Add a reader; call what is returned to remove it."""
        self.readers.append(reader)
        return lambda: self.readers.remove(reader)

    def mark(self, t: int, turn: int | None, node: str, name: str, values: Mapping[str, object]) -> None:
        if self.readers:
            mark = Mark(t, turn, node, name, values)
            for reader in tuple(self.readers):
                reader(mark)
