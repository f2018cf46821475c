"""What can go wrong, in two families: you wired it wrong, or the world failed."""

from __future__ import annotations

from typing import Any, Literal


class VoiceflowError(Exception):
    """Base of every error that this project raises on purpose. Can be pickled, but for its cause."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, self.__dict__)


class GraphError(VoiceflowError):
    """The graph or its settings are wrong. Raised before any audio flows.

    The message names the node, the port, what was expected, what came, and the way out.
    """


class ProviderError(VoiceflowError):
    """Something outside failed: a model, a server, a device, a file.

    `retryable` says whether the same request may succeed when it is made again (a dropped connection,
    a busy server) or never will (a wrong key, a missing file). `quota`: it is refused because enough was asked, and
    may succeed in `wait` seconds, if that was told. Messages carry no words of a caller.
    """

    def __init__(self, message: str, *, retryable: bool, quota: bool = False, wait: float | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.quota = quota
        self.wait = wait

    @property
    def failure(self) -> Literal["permanent", "transient", "quota"]:
        """What kind of failure it is."""
        if self.quota:
            return "quota"
        return "transient" if self.retryable else "permanent"


class NodeFailed(VoiceflowError):
    """A node used up its restarts, or could not be opened (`failures` is 0 then). Its last error is the `__cause__`.

    `node` is its name in the graph, and `provider` what is to work there, if that is another.
    """

    def __init__(self, node: str, failures: int, cause: BaseException, provider: str = "") -> None:
        # Our own messages may begin with the node's name, and what type they are of helps nobody who reads them.
        own = f"{provider or node}: "
        told = str(cause).removeprefix(own) if isinstance(cause, VoiceflowError) else describe(cause)
        if failures == 0:
            who = f"{provider}, in the place of node {node!r}," if provider else f"node {node!r}"
            super().__init__(f"{who} could not be opened: {told}")
        else:
            times = "once" if failures == 1 else f"{failures} times"
            super().__init__(f"node {node!r} failed {times} and is given up; the last error was {told}")
        self.node = node
        self.failures = failures
        self.__cause__ = cause


class Overrun(VoiceflowError):
    """A deadline of the runtime itself passed (closing, waiting for a node to start)."""


def _restored(kind: type[VoiceflowError], args: tuple[object, ...], values: dict[str, Any]) -> VoiceflowError:
    """An error as it was, made without its constructor: that one may want more than the message."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(values)
    return error


def describe(error: BaseException) -> str:
    """An error for a message or a trace: only our own messages are known to quote no caller; others by type."""
    return f"{type(error).__name__}: {error}" if isinstance(error, VoiceflowError) else type(error).__name__


def said(error: ValueError | TypeError) -> str:
    """Why a setting was refused: the message alone, without the attribute that some of attrs' validators put behind."""
    plain = type(error) in (ValueError, TypeError) and error.args
    return str(error.args[0] if plain else error)
