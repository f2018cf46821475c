"""One step of a flow: from what has happened, thread after thread, to where each stands and what is to be done."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from voiceflow.errors import VoiceflowError
from voiceflow.machines.flow_point import (
    Action,
    Answered,
    Await,
    Converse,
    Done,
    Event,
    Failed,
    Given,
    HangUp,
    Late,
    Point,
    Run,
    Speak,
    Stepped,
    Taken,
    Thread,
    Turned,
)
from voiceflow.machines.flow_steps import BACK, Ask, Course, Do, End, Pause, Route, Say, Split, Words, merged

_CIRCLE: Final = 1000
"""Steps that may follow one another before anybody is waited for: more is a circle."""


@attrs.define
class Work:
    """One step of the machine."""

    flow: Course
    threads: dict[tuple[int, ...], Thread]
    serial: int
    actions: list[Action] = attrs.field(factory=list["Action"], init=False)
    words: str = attrs.field(default="", init=False)
    """What the caller said before anything was asked."""
    ready: deque[tuple[int, ...]] = attrs.field(factory=deque["tuple[int, ...]"], init=False)
    """The threads that go on, the next one first."""

    @classmethod
    def at(cls, flow: Course, point: Point) -> Work:
        """One that begins at a point."""
        return cls(flow, {thread.path: thread for thread in point.threads}, point.serial)

    def happen(self, event: Event) -> None:
        """Something happens. What is not waited for, or not any more, changes nothing."""
        _HAPPENS[type(event)](self, event)

    def done(self) -> Stepped:
        """Go on from step to step as far as it goes."""
        for _ in range(_CIRCLE):
            if not self.ready and not self._let_ask():
                threads = tuple(self.threads[path] for path in sorted(self.threads))
                return Stepped(Point(threads, self.serial), tuple(self.actions))
            thread = self.threads.get(self.ready.popleft())
            if thread is not None and thread.phase == "enter":
                step = self.flow.steps[thread.at]
                _REACHED[type(step)](self, thread, step)
        circle = ", ".join(sorted({self.threads[path].at for path in self.ready}))
        raise VoiceflowError(
            f"the flow goes in a circle at {circle} without asking anybody; "
            "let a route forget what is to be asked again: Route(to, forget=[...])"
        )

    def _let_ask(self) -> bool:
        """Whether somebody who waited for that can ask now."""
        waiting = next((each for each in self._sorted() if each.phase == "queue"), None)
        if waiting is None or self.floor is not None:
            return False
        self.enter(waiting, waiting.at)
        return True

    def _sorted(self) -> list[Thread]:
        return [self.threads[path] for path in sorted(self.threads)]

    @property
    def floor(self) -> Thread | None:
        """Who speaks with the caller."""
        return next((each for each in self._sorted() if each.phase in ("ask", "tell")), None)

    def set(self, thread: Thread, **changes: Any) -> Thread:
        self.threads[thread.path] = changed = attrs.evolve(thread, **changes)
        return changed

    def say(self, words: Words[Any], thread: Thread) -> None:
        text = words if isinstance(words, str) else words(thread.state)
        if text:
            self.actions.append(Speak(text))

    # From step to step

    def enter(self, thread: Thread, name: str) -> None:
        self.set(thread, at=name, phase="enter", attempts=0)
        self.ready.appendleft(thread.path)

    def leave(self, thread: Thread, routes: Sequence[Route[Any]]) -> None:
        route = next(route for route in routes if route.when is None or route.when(thread.state))
        if route.forget:
            thread = self.set(thread, state=self.flow.states.change(thread.state, dict.fromkeys(route.forget)))
        name = route.to
        if name == BACK:
            name, thread = thread.back[-1], self.set(thread, back=thread.back[:-1])
        if thread.path and name == self._split(thread.path[:-1]).join:
            self.set(thread, at=name, phase="joined")
            self._join(self.threads[thread.path[:-1]])
        else:
            self.enter(thread, name)

    def _split(self, path: tuple[int, ...]) -> Split[Any]:
        step = self.flow.steps[self.threads[path].at]
        assert isinstance(step, Split), "branches are those of a split"
        return step

    def _join(self, thread: Thread) -> None:
        split = self._split(thread.path)
        branches = [self.threads[(*thread.path, number)] for number in range(len(split.branches))]
        if any(branch.phase != "joined" for branch in branches):
            return
        for branch in branches:
            del self.threads[branch.path]
        state = merged(self.flow.states, thread.state, [branch.state for branch in branches], split)
        self.enter(self.set(thread, state=state), split.join)

    # A step is reached

    def reach_say(self, thread: Thread, step: Say[Any]) -> None:
        if step.instructions and self.floor is not None:
            self.set(thread, phase="queue")
        elif step.instructions:
            self.set(thread, phase="tell")
            self.actions.append(Converse(step.name, opening=True))
        else:
            self.say(step.text, thread)
            self.leave(thread, step.then)

    def reach_ask(self, thread: Thread, step: Ask[Any]) -> None:
        words = ""
        if self.floor is None:
            words, self.words = self.words, ""
        if words and step.read is not None:
            thread = self.set(thread, state=self._take(thread, step, step.read(words)).state)
        if not self.flow.states.missing(thread.state, step.fields):
            self.leave(thread, step.then)
        elif self.floor is not None:
            self.set(thread, phase="queue")
        else:
            self.ask(self.set(thread, phase="ask"), step, of_itself=not words)

    def ask(self, thread: Thread, step: Ask[Any], *, of_itself: bool = True) -> None:
        """Put the question; to a model that has words of the caller to answer, leave it."""
        if step.read is None and not (of_itself and step.question):
            self.actions.append(Converse(step.name, (*step.fields, *step.also), opening=True))
        else:
            self.say(step.question, thread)

    def reach_do(self, thread: Thread, step: Do[Any]) -> None:
        self.serial += 1
        self.set(thread, phase="do", serial=self.serial)
        self.actions.append(Run(step.name, self.serial, thread.state))

    def reach_pause(self, thread: Thread, step: Pause[Any]) -> None:
        self.say(step.text, thread)
        self.tell(thread, step)

    def tell(self, thread: Thread, step: Pause[Any]) -> None:
        """Tell who is outside."""
        self.serial += 1
        self.set(thread, phase="pause", serial=self.serial)
        about = step.about if isinstance(step.about, str) else step.about(thread.state)
        self.actions.append(Await(step.name, self.serial, about, step.within))

    def reach_split(self, thread: Thread, step: Split[Any]) -> None:
        self.set(thread, phase="split")
        for number, branch in reversed([*enumerate(step.branches)]):
            self.enter(Thread((*thread.path, number), branch, "enter", thread.state), branch)

    def reach_end(self, thread: Thread, step: End[Any]) -> None:
        self.say(step.text, thread)
        self.ready.clear()
        self.threads = {(): attrs.evolve(thread, path=(), phase="ended")}
        if step.hang_up:
            self.actions.append(HangUp())

    # Something happens

    def turned(self, event: Turned) -> None:
        root = self.threads[()]
        if root.phase == "new":
            self.words = event.words
            self.enter(root, root.at)
            return
        speaker = self.floor or next((each for each in self._sorted() if each.phase == "pause"), None)
        if speaker is not None and event.words and self._divert(speaker, event.words):
            return
        if self.floor is None:
            self._wait(event.words)
        else:
            self._hear(self.floor, event.words)

    def _divert(self, thread: Thread, words: str) -> bool:
        found = next((each for each in self.flow.interrupts if each.when(words)), None)
        if found is not None:
            back = (*thread.back, thread.at) if found.returns else thread.back
            self.enter(self.set(thread, back=back), found.to)
        return found is not None

    def _wait(self, words: str) -> None:
        """Nobody asks: tell the caller so, if he speaks."""
        for thread in self._sorted():
            step = self.flow.steps[thread.at]
            if words and thread.phase in ("do", "pause") and isinstance(step, Do | Pause):
                return self.say(step.waiting, thread)
        return None

    def _hear(self, thread: Thread, words: str) -> None:
        step = self.flow.steps[thread.at]
        if isinstance(step, Say):
            self.actions.append(Converse(step.name, opening=True))
        elif isinstance(step, Ask) and not words:
            self.ask(thread, step)
        elif isinstance(step, Ask) and step.read is None:
            self.actions.append(Converse(step.name, (*step.fields, *step.also)))
        elif isinstance(step, Ask) and step.read is not None:
            self._fill(thread, step, self._take(thread, step, step.read(words)), said=False)

    def answered(self, event: Answered) -> None:
        thread = self.floor
        step = self.flow.steps[thread.at] if thread is not None else None
        if thread is not None and isinstance(step, Say):
            self.leave(thread, step.then)
        elif thread is not None and isinstance(step, Ask) and step.read is None:
            self._fill(thread, step, self._take(thread, step, event.found.values), said=event.found.said)

    def _take(self, thread: Thread, step: Ask[Any], values: Mapping[str, Any]) -> Taken:
        return self.flow.states.take(thread.state, values, (*step.fields, *step.also))

    def _fill(self, thread: Thread, step: Ask[Any], taken: Taken, *, said: bool) -> None:
        attempts = 0 if taken.new else thread.attempts + 1
        thread = self.set(thread, state=taken.state, attempts=attempts)
        if not self.flow.states.missing(thread.state, step.fields):
            self.leave(thread, step.then)
        elif step.attempts is not None and attempts >= step.attempts:
            self.leave(thread, step.otherwise)
        elif reasons := " ".join(dict.fromkeys(why for why in taken.refused.values() if why)):
            self.say(reasons, thread)
        elif taken.refused or not said:
            self.say(step.again or step.question or self.flow.unclear, thread)

    def finished(self, event: Done | Failed | Late) -> None:
        """What was done has ended, or what was waited for is late."""
        thread = next((each for each in self._sorted() if each.serial == event.serial), None)
        step = self.flow.steps[thread.at] if thread is not None else None
        if thread is None or thread.phase not in ("do", "pause") or not isinstance(step, Do | Pause):
            return None
        if isinstance(event, Done) and set(event.values) <= set(step.fields):
            try:
                thread = self.set(thread, state=self.flow.states.change(thread.state, event.values))
            except (ValueError, TypeError):
                return self.leave(thread, step.otherwise)
            return self.leave(thread, step.then)
        return self.leave(thread, step.otherwise)

    def given(self, event: Given) -> None:
        step = self.flow.steps.get(event.step)
        thread = next((each for each in self._sorted() if each.phase == "pause" and each.at == event.step), None)
        if thread is None or not isinstance(step, Pause):
            return
        taken = self.flow.states.take(thread.state, event.values, step.fields)
        thread = self.set(thread, state=taken.state)
        if not taken.refused and not self.flow.states.missing(thread.state, step.fields):
            self.leave(thread, step.then)


_REACHED: Final[Mapping[type[Any], Callable[[Work, Thread, Any], None]]] = {
    Say: Work.reach_say,
    Ask: Work.reach_ask,
    Do: Work.reach_do,
    Pause: Work.reach_pause,
    Split: Work.reach_split,
    End: Work.reach_end,
}
_HAPPENS: Final[Mapping[type[Any], Callable[[Work, Any], None]]] = {
    Turned: Work.turned,
    Answered: Work.answered,
    Done: Work.finished,
    Failed: Work.finished,
    Late: Work.finished,
    Given: Work.given,
}
