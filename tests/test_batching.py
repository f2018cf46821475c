"""What many calls ask for at about the same time is done together, and whoever leaves, the others are served."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from voiceflow.batching import FEW, GATHER, Batches, shared
from voiceflow.testing import InlineExecutor

COST = 0.001


@attrs.define(eq=False)
class Squares:
    """Work that counts what is done at once; nothing can be made of 13."""

    done: list[list[int]] = attrs.Factory(list[list[int]])
    executor: InlineExecutor = attrs.Factory(lambda: InlineExecutor({"squares": COST}))
    batches: Batches[int, int] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.batches = Batches(self._run, "squares")

    def _run(self, asked: Sequence[int]) -> list[int]:
        if 13 in asked:
            raise ArithmeticError("13")
        self.done.append(list(asked))
        return [each * each for each in asked]

    async def ask(self, number: int) -> int:
        return await self.batches.ask(number, self.executor.compute)

    async def tell(self, number: int, after: float, told: dict[int, tuple[int, float]]) -> None:
        """Ask later, and note the answer and when it came."""
        await trio.sleep(after)
        told[number] = await self.ask(number), trio.current_time()


def virtually(main: Callable[[], Any]) -> Any:
    return trio.run(main, clock=MockClock(autojump_threshold=0))


def test_what_is_asked_while_the_first_waits_is_done_at_once() -> None:
    """And what is asked while it is being done is the next batch's: at most a gathering and two batches later."""
    squares, told = Squares(), dict[int, tuple[int, float]]()

    async def main() -> float:
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            for number, after in ((2, 0.0), (3, GATHER / 2), (4, GATHER * 0.9), (5, GATHER + COST / 2)):
                nursery.start_soon(squares.tell, number, after, told)
        return began

    began = virtually(main)
    assert squares.done == [[2, 3, 4], [5]]
    assert {number: square for number, (square, _) in told.items()} == {2: 4, 3: 9, 4: 16, 5: 25}
    first, second = told[2][1] - began, told[5][1] - began
    assert first == pytest.approx(GATHER + COST)
    assert second == pytest.approx(2 * (GATHER + COST))


@pytest.mark.parametrize("at", [GATHER / 2, GATHER + COST / 2])
@pytest.mark.parametrize("who", [2, 3])
def test_one_that_is_cancelled_leaves_the_others_alone(who: int, at: float) -> None:
    """Whoever that is, while others are waited for or while it is done."""
    squares, told = Squares(), dict[int, tuple[int, float]]()

    async def leave(scope: trio.CancelScope) -> None:
        with scope:
            await squares.tell(who, 0.0, told)

    async def main() -> None:
        scope = trio.CancelScope(deadline=trio.current_time() + at)
        async with trio.open_nursery() as nursery:
            for number in (2, 3, 4):
                if number == who:
                    nursery.start_soon(leave, scope)
                else:
                    nursery.start_soon(squares.tell, number, 0.0, told)
        assert await squares.ask(7) == 49

    virtually(main)
    assert {number: square for number, (square, _) in told.items()} == {n: n * n for n in (2, 3, 4) if n != who}


def test_an_error_is_that_of_one_and_the_others_are_tried_without_it() -> None:
    """It comes up in the call that had all done; the one that caused it has it in the end."""
    squares, told, wrong = Squares(), dict[int, tuple[int, float]](), list[int]()

    async def tell(number: int) -> None:
        try:
            await squares.tell(number, 0.0, told)
        except ArithmeticError:
            wrong.append(number)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(tell, 13)
            await trio.sleep(0.0)
            for number in (2, 3):
                nursery.start_soon(tell, number)

    virtually(main)
    assert wrong == [13]
    assert sorted(told) == [2, 3]
    assert [sorted(batch) for batch in squares.done] == [[2, 3]]  # whichever Trio lets ask first


@given(st.lists(st.tuples(st.integers(0, 12), st.floats(0, 0.02), st.none() | st.floats(0, 0.02)), max_size=12))
def test_whoever_stays_is_answered(asked: list[tuple[int, float, float | None]]) -> None:
    """Right, within two gatherings and what the batches cost; and nothing is left waiting."""
    squares = Squares()

    async def one(number: int, after: float, patience: float | None) -> None:
        await trio.sleep(after)
        with trio.move_on_after(float("inf") if patience is None else patience) as scope:
            assert await squares.ask(number) == number * number
        assert patience is not None or not scope.cancelled_caught

    async def main() -> None:
        with trio.fail_after(1.0):
            async with trio.open_nursery() as nursery:
                for number, after, patience in asked:
                    nursery.start_soon(one, number, after, patience)

    virtually(main)
    assert not squares.batches._waiting  # pyright: ignore[reportPrivateUsage]
    assert not squares.batches._led  # pyright: ignore[reportPrivateUsage]


async def test_few_calls_are_better_off_alone() -> None:
    """All calls of an event loop share what has the same key; each that is open counts."""
    squares = Squares()
    batches = shared("squares", lambda: squares.batches)
    assert shared("squares", lambda: Squares().batches) is batches
    assert shared("others", partial(Batches[int, int], list, "others")) is not batches
    with ExitStack() as stack:
        for _ in range(FEW):
            stack.enter_context(batches.joined())
            assert not batches.worthwhile
        with batches.joined():
            assert batches.worthwhile
        assert not batches.worthwhile
