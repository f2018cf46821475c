"""Runs a node, and runs it again when it crashes: the only place that catches whatever a node may raise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import cast

import trio

from voiceflow._attended import AttendedPorts
from voiceflow._clock import SECOND
from voiceflow._patience import Patience, is_attended, patience_with
from voiceflow._ports import NodePorts
from voiceflow.errors import NodeFailed, describe
from voiceflow.frames import Prompt
from voiceflow.machines.breaker import Providers
from voiceflow.machines.restart import Restarts
from voiceflow.node import Node, StageNode
from voiceflow.services import Ports, Services

Run = Callable[[Node, Ports], Awaitable[None]]

# Seconds that a node has to end when its streams did: half of what the wire before it holds of a live source's audio.
# A stage takes no time of its own, but waits for those behind it, and may.
ENDING = 0.2


def run_node(node: Node, ports: Ports) -> Awaitable[None]:
    """The usual thing to supervise."""
    return node.run(ports)


async def supervise(node: Node, ports: NodePorts, restarts: Restarts, run: Run = run_node) -> None:
    """Run `node` on its wires until it returns, restarting it with what was in flight; then close its wires.

    Raises:
        NodeFailed: the restarts are used up, or its error says that trying again is of no use.
    """
    try:
        await attempt(node, ports, restarts, run)
    finally:
        ports.close()


async def attempt(
    node: Node,
    ports: NodePorts,
    restarts: Restarts,
    run: Run = run_node,
    stays: Callable[[], bool] = lambda: True,
) -> bool:
    """The same, and the wires stay open. Whether it returned: one that fails is not run again when another follows.

    That another node is to follow is known by its not being the one that `stays`.

    Raises:
        NodeFailed: as `supervise`.
    """
    passes_on = bool(node.others) or not node.replays
    providers, attended = ports.providers(node), is_attended(node)
    if node.others and any(port.kind is Prompt for port in node.inlets().values()):
        ports.keep_words_whole()
    while True:
        current = node.providers[_chosen(providers, ports)]
        try:
            if ports.left and not isinstance(current, StageNode):
                await ports.let_out()
            if not attended:
                await run(current, ports)
            elif (patience := await _stint(current, ports, providers, run)).left:
                if not stays():
                    return patience.finished
                _change_over(ports, patience, passes_on=passes_on)
                continue
            providers.worked(ports.now())
            ports.finish_words()
            return True
        except Exception as error:
            cause = unwrapped(error)
            pause = _pause(providers, cause, restarts, ports.now())
            if stays():
                ports.bell.cut = False  # it was to give way to another provider, and broke in its last work
            ports.mark("node.failed", error=describe(cause), failures=restarts.failures)
            if pause is None and not ports.bell.cut:
                raise NodeFailed(ports.node, restarts.failures, cause) from cause
        _give_again(ports, passes_on=passes_on)
        if await ports.bell.cut_within(pause or 0):
            return False
        ports.mark("node.restarted", failures=restarts.failures)


def _chosen(providers: Providers, ports: NodePorts) -> int:
    """The number of the provider that works next. That another does is told in the trace."""
    if providers.count == 1:
        return 0
    before, number = providers.current, providers.choose(ports.now())
    if number != before:
        state = providers.breakers[number].state(ports.now())
        ports.mark("node.provider", provider=number, before=before, state=state)
    return number


async def _stint(current: Node, ports: NodePorts, providers: Providers, run: Run) -> Patience:
    """Run a provider that another could stand in for, until it returns, or another is to take its place.

    What works for a turn gives way with the turn. What works for the session does as soon as one before it may be tried
    again.
    """
    patience, now = patience_with(current, providers, ports.now), ports.now()
    better = providers.better_at(now) if ports.turn is None else None

    async def work() -> None:
        with patience.attend():
            await run(current, AttendedPorts(ports, patience))

    if better is None:  # as in every turn: a nursery would cost that one more pass of the scheduler
        await work()
        return patience
    async with trio.open_nursery() as beside:
        beside.start_soon(_relieve, patience, ports, trio.current_time() + (better - now) / SECOND)
        await work()
        beside.cancel_scope.cancel(reason="it has ended")
    return patience


async def _relieve(patience: Patience, ports: NodePorts, at: float) -> None:
    """Let the one at work give way then, unless another node is about to stand there."""
    await trio.sleep_until(at)
    if not ports.bell.cut:
        patience.left = True
        give_way(ports, patience.scope, "one that stands before it may be tried again")


def give_way(ports: NodePorts, work: trio.CancelScope, why: str) -> None:
    """Let who works here end for another: at once, if that can be given what it keeps; else as its streams do."""
    ports.bell.end()
    if ports.keeps:
        work.cancel(reason=why)
    elif not ports.pumping:
        work.deadline = min(work.deadline, trio.current_time() + ENDING)


def _change_over(ports: NodePorts, patience: Patience, *, passes_on: bool) -> None:
    """Another provider goes on, though this one did not fail."""
    if ports.bell.cut:
        ports.bell.cut = False
        ports.hand_over(finished=patience.finished)
    else:
        _give_again(ports, passes_on=passes_on)


def _give_again(ports: NodePorts, *, passes_on: bool) -> None:
    """Who comes next is given what this one had not dealt with."""
    if passes_on:
        ports.pass_on()
    else:
        ports.rewind()


@contextmanager
def opening(node: str, provider: str = "") -> Generator[None, None, None]:
    """An error in here is that of a node that cannot be opened, and says which; `provider` is what stands in for it."""
    try:
        yield
    except Exception as error:
        cause = unwrapped(error)
        raise NodeFailed(node, 0, cause, provider) from cause


def _pause(providers: Providers, error: BaseException, restarts: Restarts, now: int) -> int | None:
    """How long to wait before the next incarnation, in nanoseconds; None when there is none."""
    providers.failed(error, now)
    if providers.has_ready(now):
        return restarts.passed_on()
    pause = restarts.failed(now)
    return None if providers.is_hopeless(error, now) else pause


@contextmanager
def let_go(services: Services) -> Generator[None, None, None]:
    """Whatever a node raises in here, which nobody needs any more, is told in the trace, and the call goes on."""
    try:
        yield
    except Exception as error:
        services.mark("node.failed", error=describe(unwrapped(error)), failures=0)


@contextmanager
def overheard(tell: Callable[[Exception], object]) -> Generator[None, None, None]:
    """What anybody's code raises in here, in the middle of a call, is told, and the call goes on. A cancel does too."""
    try:
        yield
    except* Exception as group:
        tell(group.exceptions[0] if len(group.exceptions) == 1 else group)


@contextmanager
def one_error() -> Generator[None, None, None]:
    """Errors of the nurseries in here come out alone, not in a group of one."""
    try:
        yield
    except BaseExceptionGroup as group:
        error = unwrapped(group)
        if error is group:
            raise
        raise error from error.__cause__


def unwrapped(error: BaseException) -> BaseException:
    """The one error inside nested groups of one; a group of several stays a group."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    group = cast("BaseExceptionGroup[BaseException]", error)
    return unwrapped(group.exceptions[0]) if len(group.exceptions) == 1 else group
