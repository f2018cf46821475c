"""The tasks that there are: a name, an e-mail address, a telephone number, digits, a day, an address, yes or no."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import ClassVar

import attrs
from attrs import validators as must

from voiceflow.agents.collect import Collect
from voiceflow.machines import spoken_values as values


@attrs.define(eq=False)
class CollectName(Collect[str]):
    """A person's name."""

    kind: ClassVar[str] = "name"
    usual: ClassVar[str] = "the name"

    def read(self, text: str) -> str:
        return values.name(text, self.language)


@attrs.define(eq=False)
class CollectEmail(Collect[str]):
    """An e-mail address, in small letters."""

    kind: ClassVar[str] = "email"
    usual: ClassVar[str] = "the e-mail address"

    def read(self, text: str) -> str:
        return values.email(text, self.language)

    def words(self, value: str) -> str:
        return "".join(self.vocabulary.spoken_signs.get(each, each) for each in value)


@attrs.define(eq=False)
class CollectPhone(Collect[str]):
    """A telephone number: 7 to 15 digits, behind a + if it is international."""

    kind: ClassVar[str] = "phone"
    usual: ClassVar[str] = "the telephone number"

    def read(self, text: str) -> str:
        return values.phone(text, self.language)

    def words(self, value: str) -> str:
        return self.spelt(value)


@attrs.define(eq=False)
class CollectDigits(Collect[str]):
    """`least` to `most` digits: a code, the number of an order."""

    kind: ClassVar[str] = "digits"
    usual: ClassVar[str] = "the number"
    least: int = attrs.field(default=1, kw_only=True, validator=must.ge(1))
    most: int = attrs.field(default=32, kw_only=True, validator=must.ge(1))

    def read(self, text: str) -> str:
        return values.digits(text, self.least, self.most, self.language)

    def words(self, value: str) -> str:
        return self.spelt(value)


@attrs.define(eq=False)
class CollectDate(Collect[datetime.date]):
    """A day; `year` is the one that is meant where none is said. "Tomorrow" and "next Friday" are counted from `today`,
    a function that gives the day it is: by default, where this program runs."""

    kind: ClassVar[str] = "date"
    usual: ClassVar[str] = "the date"
    today: Callable[[], datetime.date] = attrs.field(default=datetime.date.today, kw_only=True, repr=False)
    year: int | None = attrs.field(default=None, kw_only=True)

    def read(self, text: str) -> datetime.date:
        try:
            return datetime.date(*values.date(text, self.year, self.language))
        except values.Unclear:
            today = self.today()
            ahead = values.days_ahead(text, today.weekday(), self.language)
            return today + datetime.timedelta(days=ahead)

    def words(self, value: datetime.date) -> str:
        of = self.vocabulary
        return of.dated.format(day=value.day, month=of.named.split()[value.month - 1], year=value.year)


@attrs.define(eq=False)
class CollectAddress(Collect[str]):
    """A street with its number, and a city, in the words of the user."""

    kind: ClassVar[str] = "address"
    usual: ClassVar[str] = "the address, with street, number, postcode and city"

    def read(self, text: str) -> str:
        return values.address(text, self.language)


@attrs.define(eq=False)
class AskYesNo(Collect[bool]):
    """Whether, to a `question`. Nothing is read back."""

    usual: ClassVar[str] = "the answer, yes or no, to a question"
    question: str = attrs.field(kw_only=True)
    confirm: bool = attrs.field(default=False, kw_only=True)

    def __attrs_post_init__(self) -> None:
        self.what = f"{self.what or self.usual}: {self.question}"
        super().__attrs_post_init__()

    def read(self, text: str) -> bool:
        return values.yes_no(text, self.language)
