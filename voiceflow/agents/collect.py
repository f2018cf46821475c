"""A task that gets one value out of a conversation."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

import attrs
from attrs import validators as must

from voiceflow.agents.asker import Asker
from voiceflow.agents.task import Task
from voiceflow.machines import spoken_values as values
from voiceflow.machines.collecting import Again, Collecting, Enough, SayBack, Settled
from voiceflow.machines.spoken import LANGUAGES, Vocabulary, vocabulary
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
    try:
        vocabulary(language)
    except LookupError:
        raise ValueError(
            f"{type(task).__name__}: language is one of {', '.join(LANGUAGES)}; got {language!r}. For another one "
            "leave it out, and have a model ask (by_rule=False), which writes down what was said in any"
        ) from None


@attrs.define(eq=False)
class Collect(Task[T]):
    """Finds out `what`, such as "the e-mail address". A subclass says how it is read, and how it is read back.

    Args:
        what: what is to be found out, for the model, and for the question by rule, where none is given.
        confirm: whether the user must say that it is right.
        attempts: how often it may be unclear, or wrong, before the task is given up.
        by_rule: ask, read and confirm without a model: a node in its place puts `question`, and takes what is said then
            for the answer. Exact, at once, and the same with every model; it understands no excursions.
        question: what is asked by rule.
        language: of the words that are asked, read and read back by rule: en, de, fr, es, it, pt or nl. A model may
            talk in any, and writes down what it was told with digits, signs, and yes or no.

    Raises:
        ValueError: there are no words of the `language`, or nothing says `what`.
    """

    kind: ClassVar[str] = "other"
    """Which question is asked by rule."""
    usual: ClassVar[str] = ""
    """What is to be found out, unless something else is said."""
    what: str = attrs.field(default="", kw_only=True)
    confirm: bool = attrs.field(default=True, kw_only=True)
    attempts: int = attrs.field(default=3, kw_only=True, validator=must.ge(1))
    by_rule: bool = attrs.field(default=False, kw_only=True)
    question: str = attrs.field(default="", kw_only=True)
    language: str = attrs.field(default="en", kw_only=True, validator=_has_words)
    _collecting: Collecting[T] = attrs.field(init=False, repr=False)
    _session: Any = attrs.field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.what = self.what or self.usual
        if not self.what:
            raise ValueError(f"{type(self).__name__}: what is to be found out? Expected what='the colour', got nothing")
        told = _ASK.format(what=self.what, confirm=_CONFIRM if self.confirm else "")
        self.instructions = f"{told}\n\n{self.instructions}".strip()
        self.question = self.question or self._usual_question()
        if self.by_rule:
            self.llm = Asker(self)
        self._begin()

    @property
    def vocabulary(self) -> Vocabulary:
        """The words of its language."""
        return vocabulary(self.language)

    def _usual_question(self) -> str:
        asks = self.vocabulary.asks
        kind = self.kind if self.what == self.usual else "other"
        return asks.get(kind, asks["other"]).format(what=self.what)

    def read(self, text: str) -> T:
        """The value that a text says. Raises `Unclear` if it says none."""
        raise NotImplementedError

    def words(self, value: T) -> str:
        """How a value is read back."""
        return str(value)

    def spelt(self, value: str) -> str:
        """Digit by digit."""
        return " ".join(self.vocabulary.spoken_signs["+"].strip() if each == "+" else each for each in value)

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
                return self.vocabulary.asks["right"].format(value=words)
            case Again():
                return self.vocabulary.asks["again"].format(question=self.question)
            case _:
                self.follow(step)
                return ""

    def _judged(self, text: str, turn: int) -> Settled[T] | SayBack | Again | Enough:
        """What was read back is right, or wrong; or something else is said instead."""
        try:
            right = values.yes_no(text, self.language)
        except values.Unclear:
            return self._collecting.offer(text, turn)
        return self._collecting.confirm(turn) if right else self._collecting.refuse()
