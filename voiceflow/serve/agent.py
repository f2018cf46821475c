"""From a user's function to the session of a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from inspect import iscoroutinefunction, signature
from typing import Any

import attrs

from voiceflow.errors import GraphError
from voiceflow.graph import Graph
from voiceflow.keypad import Keypad
from voiceflow.serve.ear import Ear
from voiceflow.serve.mouth import Mouth
from voiceflow.session import Session


@attrs.frozen(kw_only=True)
class ServedAgent:
    """Makes the session of each call.

    Args:
        build: `build(audio, speaker=speaker)` gives a graph that listens to `audio` and ends with `speaker`, or a
            session over one; it is called for each call.
        speaks: what a session over a graph is given besides: its instructions and tools, or an agent of its own. A
            session has these itself.
        options: what `speaks` was asked for with, if it was: nothing that a session could take.
    """

    build: Callable[..., object]
    where: str = "build"
    """What errors call it."""
    speaks: Callable[[], Mapping[str, Any]] = dict[str, Any]
    options: Sequence[str] = ()

    def check(self) -> None:
        """Make a graph as for a call, and look at it.

        Raises:
            GraphError: it cannot be called so, or what it gives is nothing that can be served.
        """
        self(Ear(), Mouth()).graph.validate()

    def __call__(self, ear: Ear, mouth: Mouth) -> Session:
        made = self._built(ear, mouth)
        graph = made.graph if isinstance(made, Session) else made
        nodes = list(graph.nodes.values())
        for end, what in ((ear, "listens to `audio`"), (mouth, "ends with `speaker`")):
            if not any(each is end for each in nodes):
                raise GraphError(f"{self.where} gives a graph of which nothing {what}; connect what it was given")
        for node in nodes:
            if isinstance(node, Keypad) and not graph.into(node):
                graph.connect(ear.digits, node.digits)
        if isinstance(made, Session):
            return made
        return Session(made, **self.speaks())

    def _built(self, ear: Ear, mouth: Mouth) -> Graph | Session:
        if iscoroutinefunction(self.build):
            raise GraphError(f"{self.where} is async; expected a plain function that gives a Graph")
        try:
            signature(self.build).bind(ear.audio, speaker=mouth)
        except TypeError as error:
            raise GraphError(
                f"{self.where} cannot be called for a call ({error}); expected "
                "def build(audio: Outlet[Audio], speaker: Sink) -> Graph, which connects both"
            ) from error
        made = self.build(ear.audio, speaker=mouth)
        if not isinstance(made, Graph | Session):
            raise GraphError(f"{self.where} gives a {type(made).__name__}; expected a Graph, or a Session over one")
        if isinstance(made, Session) and self.options:
            raise GraphError(
                f"{self.where} gives a Session, which has its own agent, instructions and tools; leave "
                f"{', '.join(self.options)} out, or give the Graph alone"
            )
        return made
