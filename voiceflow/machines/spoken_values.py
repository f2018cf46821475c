"""From what a caller says, as it was recognised or as a model wrote it down, to a value that can be used.

Each reader takes a text and gives the value, or raises `Unclear`, which says what was expected. Words are those of a
language that `spoken.LANGUAGES` has; what is written with digits and signs is read in any language.
"""

from __future__ import annotations

import re
import unicodedata

from voiceflow.machines.spoken import vocabulary
from voiceflow.machines.spoken.dates import date as date
from voiceflow.machines.spoken.dates import days_ahead as days_ahead
from voiceflow.machines.spoken.numbers import numerals
from voiceflow.machines.spoken.unclear import Unclear as Unclear
from voiceflow.machines.spoken.vocabulary import Vocabulary, fold

# Labels of letters, digits and inner hyphens (RFC 1035), behind a local part without quotes (RFC 5321, "Dot-string").
_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
)
_PARTS = 4
"""Words that a sign or a number below a hundred may have: "quatre vingt dix neuf"."""


def digits(text: str, least: int = 1, most: int = 32, language: str = "en") -> str:
    """The digits of a number that is no quantity: a code, an account. "four two, double five" is "4255"."""
    of = vocabulary(language)
    found = "".join(numerals(of.words(text), of))
    if not least <= len(found) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        raise Unclear(f"expected {wanted} digits, got {len(found)}")
    return found


def phone(text: str, language: str = "en") -> str:
    """A telephone number: its digits, behind a + if it is international. At most 15 (E.164), at least 7."""
    of = vocabulary(language)
    words = of.words(text)
    found = "".join(numerals(words, of))
    plus = any(word == "+" or of.sign_of.get(word) == "+" for word in words)
    if not plus and found.startswith("00"):
        plus, found = True, found[2:]
    if not 7 <= len(found) <= 15:
        raise Unclear(f"expected a telephone number of 7 to 15 digits, got {len(found)}")
    return f"+{found}" if plus else found


def email(text: str, language: str = "en") -> str:
    """An e-mail address, in small letters. "ann dot lee at example dot com" is "ann.lee@example.com"."""
    of = vocabulary(language)
    said = of.before_email.sub("", text.strip().lower()).rstrip(".!? ")
    joined = "".join(_written(re.split(r"[\s,]+", said), of))
    local, _, domain = joined.rpartition("@")
    if not _EMAIL.fullmatch(joined) or len(local) > 64 or len(domain) > 253:
        raise Unclear("expected an e-mail address such as ann@example.com")
    return joined


def _written(parts: list[str], of: Vocabulary) -> list[str]:
    """The parts of an address, with the signs and numbers that they say; a letter is a letter."""
    written: list[str] = []
    while parts:
        for size in range(_PARTS, 0, -1):
            said = fold(" ".join(parts[:size]))
            words = said.split()
            spelt = not words or 1 in (len(words[0]), len(words[-1]))
            number = None if spelt else of.below_hundred.get("".join(words))
            if said in of.sign_of or number is not None or size == 1:
                written.append(of.sign_of.get(said, parts[0] if number is None else str(number)))
                parts = parts[size:]
                break
    return written


def yes_no(text: str, language: str = "en") -> bool:
    """Whether that was a yes. "That's not right" is none."""
    of = vocabulary(language)
    said = of.words(text)
    if any(f" {each} " in f" {' '.join(said)} " for each in of.agreed):
        return True
    if set(said) & set(of.no.split()):
        return False
    if set(said) & set(of.yes.split()):
        return True
    raise Unclear("expected yes or no")


def name(text: str, language: str = "en") -> str:
    """A person's name, as it is written: "my name is ann lee" is "Ann Lee"."""
    of = vocabulary(language)
    said = of.before_name.sub("", text.strip()).strip(" .,!?")
    parts = [part for part in re.split(r"\s+", said) if part]
    if not 1 <= len(parts) <= 6 or not all(_is_name(part) for part in parts):
        raise Unclear("expected a name, of one to six words and no digits")
    first, *rest = parts
    return " ".join([_capital(first), *(part if part in of.particles.split() else _capital(part) for part in rest)])


def _capital(part: str) -> str:
    return part if any(each.isupper() for each in part) else part.capitalize()


def _is_name(part: str) -> bool:
    kinds = [unicodedata.category(each)[0] for each in part]
    return "L" in kinds and all(kind in "LM" or each in "'\u2019-." for kind, each in zip(kinds, part, strict=True))


def address(text: str, language: str = "en") -> str:
    """Where somebody lives, as it was said: a street or place with a number, and more words than that."""
    of = vocabulary(language)
    said = re.sub(r"\s+", " ", of.before_name.sub("", text.strip())).strip(" .,")
    words = of.words(said)
    if len(said) > 300 or len(words) < 3 or not numerals(words, of):
        raise Unclear("expected an address, with a street, a number and a city")
    return said
