"""Typed ends of a node, declared as class attributes and checked by the type checker and at run time.

    class Upper(Node):
        words = In(Text)
        shouted = Out(Text)

Reached through an instance, a declaration becomes an address (`Inlet`, `Outlet`) that `Graph.connect` takes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, cast, overload

import attrs

if TYPE_CHECKING:
    from voiceflow.node import Node

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
T_contra = TypeVar("T_contra", contravariant=True)


@attrs.frozen
class Outlet(Generic[T_co]):
    """The outlet `name` of `node`, giving frames of `kind`."""

    node: Node
    name: str
    kind: type[T_co]
    live: bool = False

    def __repr__(self) -> str:
        return f"{self.node.name}.{self.name}: Out[{self.kind.__name__}]"


@attrs.frozen
class Inlet(Generic[T_contra]):
    """The inlet `name` of `node`, taking frames of `kind`: so many seconds of audio, or items."""

    node: Node
    name: str
    kind: type[T_contra]
    seconds: float
    items: int

    def __repr__(self) -> str:
        return f"{self.node.name}.{self.name}: In[{self.kind.__name__}]"


class _Declared(Generic[T]):
    """A port as it stands in a class."""

    def __init__(self, kind: type[T]) -> None:
        self.kind, self.name, self._owner = kind, "", "?"

    def __set_name__(self, owner: type, name: str) -> None:
        self.name, self._owner = name, owner.__name__

    def __repr__(self) -> str:
        return f"{self._owner}.{self.name}: {type(self).__name__}[{self.kind.__name__}]"


class Out(_Declared[T]):
    """An outlet for frames of `kind`.

    `live` marks a source that cannot wait (a microphone): only behind it may frames be dropped.
    """

    def __init__(self, kind: type[T], *, live: bool = False) -> None:
        super().__init__(kind)
        self.live = live

    @overload
    def __get__(self, node: None, owner: type) -> Self: ...
    @overload
    def __get__(self, node: Node, owner: type) -> Outlet[T]: ...
    def __get__(self, node: Node | None, owner: type) -> Self | Outlet[T]:
        return self if node is None else Outlet(node, self.name, self.kind, self.live)


class In(_Declared[T]):
    """An inlet for frames of `kind`, which holds at most `seconds` of audio or `items` of anything else.

    A frame that is larger than that travels alone.
    `optional` inlets need not be connected. `many` writers may be connected to one that says so: their frames come in
    the order in which they are sent.
    """

    def __init__(
        self, kind: type[T], *, seconds: float = 0.4, items: int = 16, optional: bool = False, many: bool = False
    ) -> None:
        super().__init__(kind)
        self.seconds, self.items, self.optional, self.many = seconds, items, optional, many

    @overload
    def __get__(self, node: None, owner: type) -> Self: ...
    @overload
    def __get__(self, node: Node, owner: type) -> Inlet[T]: ...
    def __get__(self, node: Node | None, owner: type) -> Self | Inlet[T]:
        return self if node is None else Inlet(node, self.name, self.kind, self.seconds, self.items)


@attrs.frozen
class SignalOutlet(Generic[T_co]):
    """The signal `name` of `node`: a cell with its latest value."""

    node: Node
    name: str
    kind: type[T_co]

    def __repr__(self) -> str:
        return f"{self.node.name}.{self.name}: Signal[{self.kind.__name__}]"


@attrs.frozen
class SignalInlet(Generic[T_contra]):
    """The watch `name` of `node`: where it reads another node's signal."""

    node: Node
    name: str
    kind: type[T_contra]

    def __repr__(self) -> str:
        return f"{self.node.name}.{self.name}: Watch[{self.kind.__name__}]"


class Signal(_Declared[T]):
    """A latest-value cell that a node sets. It never blocks the setter and may close a loop."""

    @overload
    def __get__(self, node: None, owner: type) -> Self: ...
    @overload
    def __get__(self, node: Node, owner: type) -> SignalOutlet[T]: ...
    def __get__(self, node: Node | None, owner: type) -> Self | SignalOutlet[T]:
        return self if node is None else SignalOutlet(node, self.name, self.kind)


class Watch(_Declared[T]):
    """Where a node reads another node's `Signal`."""

    def __init__(self, kind: type[T], *, optional: bool = True) -> None:
        super().__init__(kind)
        self.optional = optional

    @overload
    def __get__(self, node: None, owner: type) -> Self: ...
    @overload
    def __get__(self, node: Node, owner: type) -> SignalInlet[T]: ...
    def __get__(self, node: Node | None, owner: type) -> Self | SignalInlet[T]:
        return self if node is None else SignalInlet(node, self.name, self.kind)


AnyPort = Out[Any] | In[Any] | Signal[Any] | Watch[Any]


def ports_of(node: type, kind: type[T]) -> dict[str, T]:
    """The ports of one class of port that a node class declares, base classes first, by name."""
    return dict(_declared(node, cast("type", kind)))


@cache  # looked for once, and not for every node of every turn
def _declared(node: type, kind: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for cls in reversed(node.__mro__):
        found.update({name: port for name, port in vars(cls).items() if isinstance(port, kind)})
    return found
