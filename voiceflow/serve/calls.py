"""All calls of a server: who is let in, each in a task of its own, and how they end."""

from __future__ import annotations

import secrets
import sys
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from typing import Literal

import attrs
import trio

from voiceflow._clock import SECOND
from voiceflow.errors import VoiceflowError, describe
from voiceflow.machines.bucket import Bucket
from voiceflow.serve.call import Call
from voiceflow.serve.counts import Counts
from voiceflow.serve.ear import Ear
from voiceflow.serve.limits import Limits
from voiceflow.serve.mouth import Mouth
from voiceflow.serve.recording import Recordings
from voiceflow.session import Session

Make = Callable[[Ear, Mouth], Session]
"""Makes the session of one call, over a graph that begins with its ear and ends with its mouth."""

_LEAVING = 6.0
"""Seconds that sessions have to be left in, once their calls are to end; theirs is 5."""


class Refused(VoiceflowError):
    """A call is not begun: there are as many as there may be, they begin too fast, or the server is ending."""

    def __init__(self, why: Literal["busy", "draining"], detail: str) -> None:
        super().__init__(detail)
        self.why = why


def _starts(calls: Calls) -> Bucket:
    return Bucket(calls.limits.starts, calls.limits.burst)


@attrs.define(eq=False)
class Calls:
    """The calls of a server, which run while `open` is.

    Args:
        make: makes the session of a call. Models are shared between calls by the nodes that load them.
        greeting: what the agent says first.
        recordings: where calls are kept, if they are.
        log: called with a line about a call that failed; standard error by default.
    """

    make: Make
    limits: Limits = attrs.field(factory=Limits)
    greeting: str = ""
    recordings: Recordings | None = None
    log: Callable[[str], object] = lambda line: print(line, file=sys.stderr, flush=True)
    counts: Counts = attrs.field(factory=Counts, init=False)
    draining: bool = attrs.field(default=False, init=False)
    """Whether no more calls are begun."""
    ready: bool = attrs.field(default=False, init=False)
    _calls: dict[str, Call] = attrs.field(factory=dict[str, Call], init=False)
    _begun: int = attrs.field(default=0, init=False)
    """Calls that are let in: those under way, and those whose session is being opened."""
    _bucket: Bucket = attrs.field(default=attrs.Factory(_starts, takes_self=True), init=False, repr=False)
    _nursery: trio.Nursery | None = attrs.field(default=None, init=False, repr=False)
    _changed: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)

    def __len__(self) -> int:
        return self._begun

    def all(self) -> list[Call]:
        """The calls under way, the oldest first."""
        return list(self._calls.values())

    def get(self, id: str) -> Call | None:
        return self._calls.get(id)

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[None, None]:
        """Calls run while this is open; those that are left when it is left are cancelled."""
        async with trio.open_nursery() as nursery:
            self._nursery, self.ready = nursery, True
            try:
                yield
            finally:
                self.ready = False
                nursery.cancel_scope.cancel(reason="the server ended")

    async def begin(
        self,
        *,
        rate_in: int,
        rate_out: int,
        kind: str = "web",
        about: Mapping[str, str] | None = None,
        resume: float | None = None,
        block: float = 0.04,
    ) -> Call:
        """A new call, whose session is open. It waits for a line for `resume` seconds, by the limits as a rule.

        Args:
            rate_in, rate_out: Hz of what is heard from the line, and of what is played there.
            about: what is known of it (a number that was called, say), shown with it.
            block: seconds of sound that leave at a time: half as much costs twice as much.

        Raises:
            Refused: it is not let in.
            VoiceflowError: its session cannot be opened.
        """
        self._admit()
        self._begun += 1
        try:
            call = self._make(rate_in, rate_out, block, kind, about or {})
            if resume is not None:
                call.limits = attrs.evolve(self.limits, resume=resume)
            assert self._nursery is not None
            await self._nursery.start(self._run, call, name=f"call {call.id}")
        except BaseException:
            self._begun -= 1
            self._tell()
            raise
        self._calls[call.id] = call
        self.counts.begun += 1
        return call

    def _admit(self) -> None:
        if self._nursery is None or self.draining or not self.ready:
            raise Refused("draining", "the server is ending; it takes no new calls")
        now = round(trio.current_time() * SECOND)
        if self._begun >= self.limits.calls or not self._bucket.take(1, now):
            self.counts.refused += 1
            limit = f"at most {self.limits.calls} at once, and {self.limits.starts:g} a second"
            raise Refused("busy", f"there are as many calls as there may be: {limit}")

    def _make(self, rate_in: int, rate_out: int, block: float, kind: str, about: Mapping[str, str]) -> Call:
        ear, mouth = Ear(), Mouth(rate_out, block=block)
        mouth.on_sent = self.counts.sent
        session = self.make(ear, mouth)
        id = secrets.token_hex(4)
        return Call(id, kind, session, ear, mouth, self.limits, rate_in, secrets.token_urlsafe(24), about)

    def resume(self, secret: str, rate: int | None = None) -> Call | None:
        """The call whose secret this is, with a new one, if it is still under way, and has this rate either way."""
        for call in self._calls.values():
            fits = rate is None or call.rate_in == call.mouth.rate == rate
            if fits and not call.reason and secrets.compare_digest(call.secret.encode(), secret.encode()):
                call.secret = secrets.token_urlsafe(24)
                self.counts.resumed += 1
                return call
        return None

    async def _run(self, call: Call, task_status: trio.TaskStatus[None]) -> None:
        """A call from its beginning to its end. What goes wrong in it ends it, and nothing else."""
        try:
            with ExitStack() as stack:
                if self.recordings is not None:
                    keeping = self.recordings.keeping(call.id, call.ear, call.mouth, call.session)
                    stack.enter_context(keeping)
                await call.run(self.greeting, task_status)
        except Exception as error:  # this is the supervisor of calls: whatever a graph may raise ends its call alone
            self._failed(call, error)
        finally:
            if call.opened:
                self._ended(call)

    def beside(self, call: Call, work: Callable[[], Awaitable[None]]) -> None:
        """Have something done for a call that is under way. What goes wrong in it ends this call, and nothing else."""
        assert self._nursery is not None
        self._nursery.start_soon(self._beside, call, work)

    async def _beside(self, call: Call, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
        except Exception as error:  # as in _run
            self._failed(call, error)
            call.hang_up("failed")

    def _failed(self, call: Call, error: Exception) -> None:
        self.counts.failed += 1
        ours = isinstance(error, VoiceflowError)
        self.log(f"call {call.id} failed: {describe(error) if ours else ''.join(traceback.format_exception(error))}")
        if call.opened:
            return
        if ours:
            raise error
        raise VoiceflowError(f"the call could not be opened: {type(error).__name__}") from error

    def _ended(self, call: Call) -> None:
        self._calls.pop(call.id, None)
        self._begun -= 1
        self.counts.end(call)
        self._tell()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    async def drain(self, within: float | None = None) -> None:
        """Begin no more calls, and wait until those under way have ended; those that have not in time are ended."""
        self.draining = True
        with trio.move_on_after(self.limits.drain if within is None else within):
            await self._none_left()
        for call in self.all():
            call.hang_up("drain")
        with trio.move_on_after(_LEAVING):
            await self._none_left()

    async def _none_left(self) -> None:
        while self._begun:
            await self._changed.wait()
