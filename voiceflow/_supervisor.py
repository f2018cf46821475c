"""Runs a node, and runs it again when it crashes: the only place that catches whatever a node may raise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import cast

from voiceflow._ports import NodePorts
from voiceflow.errors import NodeFailed, ProviderError, describe
from voiceflow.frames import Prompt
from voiceflow.machines.restart import Restarts
from voiceflow.node import Node, Ports, Services

Run = Callable[[Node, Ports], Awaitable[None]]


async def run_node(node: Node, ports: Ports) -> None:
    """The usual thing to supervise."""
    await node.run(ports)


async def supervise(node: Node, ports: NodePorts, restarts: Restarts, run: Run = run_node) -> None:
    """Run `node` on its wires until it returns, restarting it with what was in flight; then close its wires.

    Raises:
        NodeFailed: the restarts are used up, or its error says that trying again is of no use.
    """
    try:
        await attempt(node, ports, restarts, run)
    finally:
        ports.close()


async def attempt(node: Node, ports: NodePorts, restarts: Restarts, run: Run = run_node) -> bool:
    """The same, and the wires stay open. Whether it returned: one that fails is not run again when another follows.

    Raises:
        NodeFailed: as `supervise`.
    """
    passes_on = bool(node.others) or not node.replays
    if node.others and any(port.kind is Prompt for port in node.inlets().values()):
        ports.keep_words_whole()
    while True:
        current = node.incarnation(restarts.failures)
        try:
            await run(current, ports)
            ports.finish_words()
            return True
        except Exception as error:
            cause = unwrapped(error)
            pause = _pause(node, current, cause, restarts, ports.now())
            ports.mark("node.failed", error=describe(cause), failures=restarts.failures)
            if pause is None and not ports.bell.cut:
                raise NodeFailed(ports.node, restarts.failures, cause) from cause
        if passes_on:
            ports.pass_on()
        else:
            ports.rewind()
        if await ports.bell.cut_within(pause or 0):
            return False
        ports.mark("node.restarted", failures=restarts.failures)


@contextmanager
def opening(node: str) -> Generator[None, None, None]:
    """An error in here is that of a node that cannot be opened, and says which."""
    try:
        yield
    except Exception as error:
        cause = unwrapped(error)
        raise NodeFailed(node, 0, cause) from cause


def _pause(node: Node, current: Node, error: BaseException, restarts: Restarts, now: int) -> int | None:
    """How long to wait before the next incarnation, in nanoseconds; None when there is none."""
    pause = restarts.failed(now)
    hopeless = isinstance(error, ProviderError) and not error.retryable
    if hopeless and node.incarnation(restarts.failures) is current:
        return None
    return pause


@contextmanager
def let_go(services: Services) -> Generator[None, None, None]:
    """Whatever a node raises in here, which nobody needs any more, is told in the trace, and the call goes on."""
    try:
        yield
    except Exception as error:
        services.mark("node.failed", error=describe(unwrapped(error)), failures=0)


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
