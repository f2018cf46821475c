"""Tasks that get one value out of a conversation: a name, a number, a date."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, TypeVar

import attrs
from attrs import validators as must

from voiceflow.agents.task import Task
from voiceflow.frames import Prompt, Text
from voiceflow.items import Message
from voiceflow.machines import spoken_values as values
from voiceflow.machines.collecting import Again, Collecting, Enough, SayBack, Settled
from voiceflow.node import Node, Ports
from voiceflow.ports import In, Out
from voiceflow.tools.context import ToolError
from voiceflow.tools.function import tool

T = TypeVar("T")

_ASK = (
    "You are on the phone, and now find out one thing alone: {what} of the user. Ask for it in one short sentence. As "
    "soon as you have it, call submit with what they said; if they said it before, at once. {confirm}If they do not "
    "want to tell it, call give_up. Talk of nothing else, and never make it up."
)
_CONFIRM = "Read back what submit tells you to, ask whether that is right, and call confirm when they have said so. "


def _has_words(task: object, field: attrs.Attribute[Any], language: str) -> None:
    if language.split("-")[0].lower() not in values.LANGUAGES:
        raise ValueError(
            f"{type(task).__name__}: language is one of {', '.join(values.LANGUAGES)}; got {language!r}. For another "
            "one leave it out, and have a model ask (by_rule=False), which writes down what was said in any"
        )


@attrs.define(eq=False)
class Collect(Task[T]):
    """Finds out `what`, such as "the e-mail address". A subclass says how it is read, and how it is read back.

    Args:
        what: what is to be found out, for the model.
        confirm: whether the user must say that it is right.
        attempts: how often it may be unclear, or wrong, before the task is given up.
        by_rule: ask, read and confirm without a model: a node in its place puts `question`, and takes what is said then
            for the answer. Exact, at once, and the same with every model; it understands no excursions.
        question: what is asked by rule.
        language: of the words that are asked, read and read back by rule: en. A model may talk in any, and writes down
            what it was told with digits, signs, and yes or no.

    Raises:
        ValueError: there are no words of the `language`.
    """

    what: str = attrs.field(kw_only=True)
    confirm: bool = attrs.field(default=True, kw_only=True)
    attempts: int = attrs.field(default=3, kw_only=True, validator=must.ge(1))
    by_rule: bool = attrs.field(default=False, kw_only=True)
    question: str = attrs.field(default="", kw_only=True)
    language: str = attrs.field(default="en", kw_only=True, validator=_has_words)
    _collecting: Collecting[T] = attrs.field(init=False, repr=False)
    _session: Any = attrs.field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        told = _ASK.format(what=self.what, confirm=_CONFIRM if self.confirm else "")
        self.instructions = f"{told}\n\n{self.instructions}".strip()
        self.question = self.question or f"What is {self.what}?"
        if self.by_rule:
            self.llm = Asker(self)
        self._begin()

    def read(self, text: str) -> T:
        """The value that a text says. Raises `Unclear` if it says none."""
        raise NotImplementedError

    def words(self, value: T) -> str:
        """How a value is read back."""
        return str(value)

    def begin(self) -> None:
        super().begin()
        self._begin()

    def _begin(self) -> None:
        self._collecting = Collecting(self.read, self.words, self.confirm, self.attempts)

    async def on_enter(self, session: Any) -> None:
        self._session = session

    @property
    def spoken(self) -> int:
        """How often the user has spoken so far."""
        return sum(message.role == "user" for message in self._session.history) if self._session is not None else 0

    @tool
    async def submit(self, value: str) -> Any:
        """Call this as soon as the user has said it.

        Args:
            value: What the user said, written down the usual way: numbers in digits, a day as 2026-05-03, yes or no in
                English.
        """
        return self.follow(self._collecting.offer(value, self.spoken))

    @tool(name="confirm")
    async def confirm_it(self) -> Any:
        """Call this when the user has said that what you read back is right."""
        return self.follow(self._collecting.confirm(self.spoken))

    @tool(name="give_up")
    async def give_up_it(self) -> Any:
        """Call this when the user does not want to tell it, or does not have it."""
        return self.give_up("the user does not tell it")

    def follow(self, step: Settled[T] | SayBack | Again | Enough) -> Any:
        """What the model is told of a step; the task is over when it says so."""
        match step:
            case Settled(value):
                return self.complete(value)
            case Enough(why):
                return self.give_up(f"{why}; it was asked {self.attempts} times")
            case SayBack(words):
                return f"Now read it back, as: {words}. Ask whether that is right."
            case Again(why):
                raise ToolError(f"Not taken: {why}. Ask the user again.")

    # By rule

    def hear(self, text: str, turn: int) -> str:
        """What is said to what the user said; "" when the task is over."""
        collecting = self._collecting
        step = collecting.offer(text, turn) if collecting.value is None else self._judged(text, turn)
        match step:
            case SayBack(words):
                return f"{words}. Is that right?"
            case Again():
                return f"Sorry, I did not get that. {self.question}"
            case _:
                self.follow(step)
                return ""

    def _judged(self, text: str, turn: int) -> Settled[T] | SayBack | Again | Enough:
        """What was read back is right, or wrong; or something else is said instead."""
        try:
            right = values.yes_no(text)
        except values.Unclear:
            return self._collecting.offer(text, turn)
        return self._collecting.confirm(turn) if right else self._collecting.refuse()


@attrs.define(eq=False)
class Asker(Node):
    """Stands where a model does, and asks for one value by rule."""

    task: Collect[Any]
    _heard: int | None = attrs.field(default=None, init=False)
    """The sequence number of the last that was dealt with."""

    prompt = In(Prompt)
    text = Out(Text)

    lifetime = "turn"
    scripted = True

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            await ports.committed()  # it costs no time, and so is not done for a guess
            said = self._news(prompt)
            words = self.task.hear(" ".join(said), self.task.spoken) if said else self.task.question
            await ports[self.text].send(Text(words))

    def _news(self, prompt: Prompt) -> list[str]:
        """What the user said since this was asked last."""
        users = [item for item in prompt.items if isinstance(item, Message) and item.role == "user"]
        last = users[-1].sequence if users else 0
        before, self._heard = self._heard, last
        return [] if before is None else [item.text for item in users if item.sequence > before]


@attrs.define(eq=False)
class CollectName(Collect[str]):
    """A person's name."""

    what: str = attrs.field(default="the name", kw_only=True)
    question: str = attrs.field(default="What is your name?", kw_only=True)

    def read(self, text: str) -> str:
        return values.name(text)


@attrs.define(eq=False)
class CollectEmail(Collect[str]):
    """An e-mail address, in small letters."""

    what: str = attrs.field(default="the e-mail address", kw_only=True)
    question: str = attrs.field(default="What is your e-mail address?", kw_only=True)

    def read(self, text: str) -> str:
        return values.email(text)

    def words(self, value: str) -> str:
        return "".join(_SIGNS.get(each, each) for each in value)


@attrs.define(eq=False)
class CollectPhone(Collect[str]):
    """A telephone number: 7 to 15 digits, behind a + if it is international."""

    what: str = attrs.field(default="the telephone number", kw_only=True)
    question: str = attrs.field(default="What is your telephone number?", kw_only=True)

    def read(self, text: str) -> str:
        return values.phone(text)

    def words(self, value: str) -> str:
        return _spelt(value)


@attrs.define(eq=False)
class CollectDigits(Collect[str]):
    """`least` to `most` digits: a code, the number of an order."""

    least: int = attrs.field(default=1, kw_only=True, validator=must.ge(1))
    most: int = attrs.field(default=32, kw_only=True, validator=must.ge(1))
    what: str = attrs.field(default="the number", kw_only=True)

    def read(self, text: str) -> str:
        return values.digits(text, self.least, self.most)

    def words(self, value: str) -> str:
        return _spelt(value)


@attrs.define(eq=False)
class CollectDate(Collect[datetime.date]):
    """A day; `year` is the one that is meant where none is said. "Tomorrow" and "next Friday" are counted from `today`,
    a function that gives the day it is: by default, where this program runs."""

    today: Callable[[], datetime.date] = attrs.field(default=datetime.date.today, kw_only=True, repr=False)
    year: int | None = attrs.field(default=None, kw_only=True)
    what: str = attrs.field(default="the date", kw_only=True)

    def read(self, text: str) -> datetime.date:
        try:
            return datetime.date(*values.date(text, self.year))
        except values.Unclear:
            today = self.today()
            return today + datetime.timedelta(days=values.days_ahead(text, today.weekday()))

    def words(self, value: datetime.date) -> str:
        return f"{value:%B} {value.day}, {value.year}"


@attrs.define(eq=False)
class CollectAddress(Collect[str]):
    """A street with its number, and a city, in the words of the user."""

    what: str = attrs.field(default="the address, with street, number, postcode and city", kw_only=True)
    question: str = attrs.field(default="What is your address?", kw_only=True)

    def read(self, text: str) -> str:
        return values.address(text)


@attrs.define(eq=False)
class AskYesNo(Collect[bool]):
    """Whether, to a `question`. Nothing is read back."""

    question: str = attrs.field(kw_only=True)
    what: str = attrs.field(default="the answer, yes or no, to a question", kw_only=True)
    confirm: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        self.what = f"{self.what}: {self.question}"
        super().__attrs_post_init__()

    def read(self, text: str) -> bool:
        return values.yes_no(text)


_SIGNS = {"@": " at ", ".": " dot ", "-": " dash ", "_": " underscore ", "+": " plus "}


def _spelt(value: str) -> str:
    """Digit by digit."""
    return " ".join("plus" if each == "+" else each for each in value)
