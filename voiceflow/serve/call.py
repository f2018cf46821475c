"""One call from far away: a session between an ear and a mouth, which outlives the line that it came by for a while."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager

import attrs
import trio

from voiceflow.chat.images import checked
from voiceflow.errors import ProviderError, VoiceflowError
from voiceflow.frames import Samples
from voiceflow.items import Image
from voiceflow.observe.waterfall import Waterfall
from voiceflow.serve.ear import Ear
from voiceflow.serve.limits import Limits
from voiceflow.serve.line import Line
from voiceflow.serve.mouth import Mouth
from voiceflow.serve.news import News
from voiceflow.session import Session
from voiceflow.trace import Mark

_KEPT = 256
"""News that wait for a line: those of a minute, and a line is waited for only some seconds."""

SHOWN = 5
"""Pictures that may wait to be looked at."""

_TYPED = 16
"""Typed texts that may wait to be answered."""


def _set() -> trio.Event:
    event = trio.Event()
    event.set()
    return event


@attrs.define(eq=False)
class Call:
    """A call under way. `hear` what comes by the line, tell what was `played`, and `hang_up` when it ends."""

    id: str
    kind: str
    """By what it came: web, a telephone's provider."""
    session: Session
    ear: Ear
    mouth: Mouth
    limits: Limits
    rate_in: int
    """Hz of what `hear` is given."""
    secret: str = attrs.field(default="", repr=False)
    """Who knows it may take the call over with another line."""
    about: Mapping[str, str] = attrs.field(factory=dict[str, str])
    speakers: dict[int, tuple[str, ...]] = attrs.field(factory=dict[int, tuple[str, ...]], init=False, repr=False)
    """In a room, by the number of a message of the user's: who is taken to have said it."""
    reason: str = attrs.field(default="", init=False)
    """Why it ended, or is to end."""
    began: float = attrs.field(factory=trio.current_time, init=False)
    over: trio.Event = attrs.field(factory=trio.Event, init=False)
    """Set when the session has been left and the line told."""
    opened: bool = attrs.field(default=False, init=False)
    """Whether its session has ever been open."""
    drops: int = attrs.field(default=0, init=False)
    """How often its line was lost."""
    times: Waterfall = attrs.field(factory=Waterfall, init=False, repr=False)
    _line: Line | None = attrs.field(default=None, init=False, repr=False)
    _untold: deque[tuple[str, Mapping[str, object]]] = attrs.field(
        factory=lambda: deque[tuple[str, Mapping[str, object]]](maxlen=_KEPT), init=False, repr=False
    )
    _ending: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)
    _lost_at: float | None = attrs.field(default=None, init=False, repr=False)
    _nursery: trio.Nursery | None = attrs.field(default=None, init=False, repr=False)
    _typed: int = attrs.field(default=0, init=False, repr=False)
    _looks: int = attrs.field(default=0, init=False, repr=False)
    """Pictures that are being looked at."""
    _looked: trio.Event = attrs.field(factory=_set, init=False, repr=False)
    """Set when all that was shown so far has been looked at."""
    _changed: trio.Event = attrs.field(factory=trio.Event, init=False, repr=False)
    _mute: ExitStack = attrs.field(factory=ExitStack, init=False, repr=False)
    _muted: bool = attrs.field(default=False, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self.mouth.on_lost = self._lose

    @property
    def attached(self) -> bool:
        """Whether it has a line."""
        return self._line is not None

    @property
    def ending(self) -> bool:
        """Whether nothing is taken from the caller any more. The line stays while the session is left."""
        return self._nursery is None

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return trio.current_time() - self.began

    # The line

    def attach(self, line: Line) -> None:
        """The call has this line now; the one before, if there still is one, is told that it was replaced."""
        before, self._line, self._lost_at = self._line, line, None
        if before is not None:
            before.end("replaced")
        while self._untold:
            line.tell(*self._untold.popleft())
        self.mouth.connect(line)
        self.tell("state", {"user": self.session.user, "agent": self.session.agent})
        self._tell()

    def detach(self, line: Line) -> None:
        """This line is lost, if it is still the call's: the call waits for another for as long as the limits say."""
        if line is not self._line:
            return
        self._line, self._lost_at = None, trio.current_time()
        self.drops += 1
        self.mouth.disconnect()
        self._tell()

    def _lose(self) -> None:
        if self._line is not None:
            line = self._line
            self.detach(line)
            line.end("lost")

    def tell(self, type: str, fields: Mapping[str, object]) -> None:
        """News for who shows the call; kept for the next line while there is none."""
        if self._line is not None:
            self._line.tell(type, fields)
        else:
            self._untold.append((type, fields))

    def _tell(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    # What comes by the line

    def hear(self, samples: Samples) -> None:
        """The caller said this: int16 at `rate_in` Hz."""
        self.ear.hear(samples, self.rate_in)

    def played(self, turn: int, position: int, missed: int = 0, *, held: bool = False) -> None:
        """So much of a turn has sounded at the far end."""
        self.mouth.played(turn, position, missed, held=held)

    def press(self, keys: str) -> None:
        """The caller pressed keys.

        Raises:
            ValueError: nobody takes them.
        """
        if not any(edge.source == self.ear.digits for edge in self.session.graph.edges):
            raise ValueError("the graph has no Keypad")
        self.ear.press(keys)

    def show(self, picture: str) -> None:
        """The caller shows a picture, a data URL: it stands in front of what they say next.

        It is looked at in a thread; who shows what is no picture is told so.

        Raises:
            GraphError: the graph has no model that could see it.
            ValueError: it is no data URL of a picture, or too many wait to be looked at.
        """
        image = Image(picture)
        self.session.show()  # whether it can be
        if self._looks >= SHOWN or self._nursery is None:
            raise ValueError(f"at most {SHOWN} pictures wait to be looked at")
        before, self._looked = self._looked, trio.Event()
        self._looks += 1
        self._nursery.start_soon(self._look, image, before, self._looked)

    async def _look(self, image: Image, before: trio.Event, looked: trio.Event) -> None:
        try:
            small = await trio.to_thread.run_sync(checked, image, abandon_on_cancel=True)
            await before.wait()
            self.session.show(small)
        except ProviderError as error:
            self.tell("error", {"code": "refused", "message": str(error)})
        finally:
            self._looks -= 1
            looked.set()

    def type(self, text: str) -> None:
        """The caller typed this: a turn of its own.

        Raises:
            ValueError: there are no words in it, or too many wait to be answered.
        """
        if not text.strip():
            raise ValueError("a turn has words; got an empty text")
        if self._typed >= _TYPED or self._nursery is None:
            raise ValueError(f"at most {_TYPED} texts wait to be answered")
        self._typed += 1
        self._nursery.start_soon(self._answer, text, self._looked)

    async def _answer(self, text: str, looked: trio.Event) -> None:
        try:
            await looked.wait()
            await self.session.send_text(text)
        except VoiceflowError:
            pass  # the call ended before it was answered
        finally:
            self._typed -= 1

    def say(self, text: str, to: str | None) -> None:
        """Raises `ValueError`: there is nobody else."""
        raise ValueError("this call is no room")

    def address(self, to: str | None) -> None:
        """Raises `ValueError`: the agent hears the one who is there."""
        raise ValueError("this call is no room")

    def mute(self, on: bool) -> None:
        """Do not listen to the caller, or listen again."""
        if on and not self._muted:
            self._mute.enter_context(self.session.muted())
        elif not on:
            self._mute.close()
        self._muted = on

    def hang_up(self, reason: str) -> None:
        """End it, whatever is being said. The first reason counts."""
        self.reason = self.reason or reason
        self._ending.set()

    # Its life

    async def run(self, greeting: str, task_status: trio.TaskStatus[None]) -> None:
        """From the opening of its session to the end."""
        news = News(self)
        try:
            self.times.listen_to(self.session.graph)
            async with self.session as session:
                stop = [session.trace.subscribe(self.times), session.trace.subscribe(news)]
                # The first line may take as long as a hello, which is longer than one that was lost has as a rule.
                longer = max(0.0, self.limits.hello - self.limits.resume)
                self.opened, self._lost_at = True, trio.current_time() + longer
                task_status.started()
                if greeting:
                    session.say(greeting)
                try:
                    await self._last()
                finally:
                    self._mute.close()
                    for each in stop:
                        each()
        except BaseException as error:
            # A session that fails is finished, too: which of the two is seen first does not matter.
            self.reason = "failed" if isinstance(error, Exception) else self.reason or "drain"
            raise
        finally:
            self._end()

    def _end(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.end(self.reason)
        self.over.set()

    async def _last(self) -> None:
        """Until one of the reasons to end is there."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            nursery.start_soon(self._until_finished)
            nursery.start_soon(self._until_lost)
            try:
                with trio.move_on_after(self.limits.seconds) as scope:
                    await self._ending.wait()
            finally:
                self._nursery = None
            if scope.cancelled_caught:
                self.hang_up("limit")
            nursery.cancel_scope.cancel(reason=self.reason)

    async def _until_finished(self) -> None:
        await self.session.finished()
        self.hang_up("ended")

    async def _until_lost(self) -> None:
        while True:
            if self._lost_at is None:
                await self._changed.wait()
                continue
            with trio.move_on_at(self._lost_at + self.limits.resume) as scope:
                await self._changed.wait()
            if scope.cancelled_caught:
                return self.hang_up("lost")

    # What is shown of it

    @contextmanager
    def watched(self, look: Callable[[Mark], object]) -> Generator[None, None, None]:
        """Call `look` at every mark while this is open."""
        stop = self.session.trace.subscribe(look)
        try:
            yield
        finally:
            stop()
