"""The supervisor: who runs again, who takes over, and what comes out in the end."""

from __future__ import annotations

from contextlib import suppress

import attrs
import pytest
import trio
from trio.testing import MockClock

from voiceflow import In, Mark, Node, NodeFailed, Out, Ports, ProviderError, Text
from voiceflow._supervisor import one_error, opening, unwrapped
from voiceflow.machines.restart import RestartPolicy
from voiceflow.testing import Driven, drive


@attrs.define(eq=False)
class Provider(Node):
    """Shouts each text; breaks with `error` at the one that is `at`; `next` takes over."""

    error: Exception | None = None
    at: str = ""
    next: Node | None = None

    text = In(Text)
    out = Out(Text)

    @property
    def providers(self) -> tuple[Node, ...]:
        return (self,) if self.next is None else (self, self.next)

    async def run(self, ports: Ports) -> None:
        async for frame in ports[self.text]:
            if frame.text == self.at and self.error is not None:
                raise self.error
            await ports[self.out].send(Text(frame.text.upper()))


TEXTS = [Text("a"), Text("b"), Text("c")]


async def test_a_fallback_takes_over_on_the_same_wires(autojump_clock: MockClock) -> None:
    """With what was in flight, even when the first provider's error is hopeless."""
    node = Provider(ProviderError("wrong key", retryable=False), "b", next=Provider())
    driven = await drive(node, {"text": TEXTS}, restarts=RestartPolicy())
    assert driven["out"] == [Text("A"), Text("B"), Text("C")]
    assert [(mark.name, dict(mark.values)) for mark in driven.marks] == [
        ("node.failed", {"error": "ProviderError: wrong key", "failures": 1}),
        ("node.restarted", {"failures": 1}),
        ("node.provider", {"provider": 1, "before": 0, "state": "closed"}),
    ]


@pytest.mark.parametrize("retryable", [True, False])
async def test_an_error_that_stays_is_not_tried_again(autojump_clock: MockClock, retryable: bool) -> None:
    """One that may pass is, as often as the policy says."""
    error = ProviderError("the server says no", retryable=retryable)
    with pytest.raises(NodeFailed) as caught:
        await drive(Provider(error, "b"), {"text": TEXTS}, restarts=RestartPolicy(attempts=2))
    assert caught.value.__cause__ is error
    assert caught.value.failures == (3 if retryable else 1)


async def test_a_nodes_error_comes_out_of_its_nurseries_alone() -> None:
    """Whatever it was wrapped in on the way, here or around the node."""

    @attrs.define(eq=False)
    class Nested(Node):
        async def run(self, ports: Ports) -> None:
            async with trio.open_nursery(), trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep_forever)
                raise LookupError

    with pytest.raises(NodeFailed, match="LookupError") as caught:
        await drive(Nested())
    assert isinstance(caught.value.__cause__, LookupError)


async def test_several_errors_stay_together() -> None:
    """A group of two is told as one."""

    @attrs.define(eq=False)
    class Twice(Node):
        async def run(self, ports: Ports) -> None:
            raise ExceptionGroup("both", [LookupError(), ValueError()])

    with pytest.raises(NodeFailed, match="ExceptionGroup"):
        await drive(Twice())
    both = ExceptionGroup("both", [LookupError(), ValueError()])
    assert unwrapped(ExceptionGroup("one", [both])) is both
    with pytest.raises(ExceptionGroup) as caught, one_error():
        raise both
    assert caught.value is both


def test_what_is_no_error_is_left_alone() -> None:
    """An error of an opening is that of its node; one error is not wrapped; none is none."""
    with one_error(), opening("fine"):
        pass
    with pytest.raises(LookupError), one_error():
        raise LookupError
    with pytest.raises(NodeFailed, match="node 'bad' could not be opened: LookupError"), opening("bad"):
        raise ExceptionGroup("one", [LookupError()])


async def test_a_node_that_fails_while_it_is_cancelled_is_not_restarted(autojump_clock: MockClock) -> None:
    """Its error is told in the trace; the cancellation goes on."""

    @attrs.define(eq=False)
    class Messy(Node):
        async def run(self, ports: Ports) -> None:
            try:
                await trio.sleep_forever()
            finally:
                raise LookupError

    marks: list[Mark] = []
    seen = Driven({}, marks)
    with trio.move_on_after(1) as scope, suppress(LookupError):
        await drive(Messy(), restarts=RestartPolicy(), into=seen)
    assert scope.cancelled_caught
    assert [mark.name for mark in marks] == ["node.failed"]
