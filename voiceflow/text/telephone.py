"""Telephone numbers and long runs of digits, said digit by digit in their groups."""

from __future__ import annotations

import re

from voiceflow.text import counting, names, vocabulary
from voiceflow.text.quantities import ends_at, year_like

_SHORT = re.compile(r"[1-9]11(?!\d)")  # emergency and service numbers of North America
_DIALLED = re.compile(r"\b(?:call|dial) \Z", re.IGNORECASE)
_CODE = re.compile(r"\d{4,10}(?!\d|[ .-]\d{2})|\d{3}[ -]\d{3}(?![ -]?\d)")
_POSTAL = re.compile(r"(?!\d\d000)\d{5}(?:-\d{4})?(?!\d)")  # of the United States, behind the state
_STATE = re.compile(r", ?[A-Z]{2} \Z")
STYLES = ("spaced", "words", "spell", "off")

_SHAPE = re.compile(
    r"\+\d{1,3}(?:[ .-]?\(?\d{1,4}\)?){2,6}"  # with the country's code
    r"|\d ?\(\d{3,4}\)(?:[ -]?\d{2,4}){2,4}"
    r"|0\d{1,5} ?/ ?\d{2,8}(?:[ -]\d{2,8}){0,4}"
    r"|0\d{2,4}(?: \d{1,8}){2,5}"
    r"|\d{1,5}\)?(?:[ .-]\d{2,8}){1,8}"  # in groups
    r"|\d{5,}"
)
_TIMES = re.compile(r"\d{1,2}\.\d\d ?- ?\d{1,2}\.\d\d")
_SAYS_PLUS = frozenset({"en", "de", "fr", "nl"})


def telephone(window: str, before: str, language: str, style: str, long_digits: int) -> tuple[int, str] | None:
    """The telephone number that a text begins with: how long it is, and what to say for it in one of the `STYLES`.

    A run of digits without spaces counts from `long_digits` on; behind words like "code" from four on.
    """
    code = _CODE.match(window)
    if (
        language == "en"
        and (short := _SHORT.match(window))
        and _DIALLED.search(before)
        and ends_at(window, short.end())
    ):
        return short.end(), _said([short.group()], short.group(), language, style)
    if code is not None and _is_told(before, language) and ends_at(window, code.end()):
        return code.end(), _said(re.findall(r"\d+", code.group()), code.group(), language, style)
    postal = _POSTAL.match(window) if language == "en" and _STATE.search(before) else None
    if postal is not None and ends_at(window, postal.end()):
        return postal.end(), _said(re.findall(r"\d+", postal.group()), postal.group(), language, style)
    found = _SHAPE.match(window)
    if found is None or not ends_at(window, found.end()):
        return None
    groups = re.findall(r"\d+", found.group())
    if not _is_telephone(found.group(), groups, language, long_digits):
        return None
    return found.end(), _said(groups, found.group(), language, style)


def _is_told(before: str, language: str) -> bool:
    """Whether one of the last three words says that digits follow, and no year."""
    words = re.split(r"[\s:„“”\"'«»]+", before.lower())
    if language == "ja":
        return any(word in before[-6:] for word in vocabulary.DIGITS["ja"].split())
    return not set(words[-4:]).isdisjoint(vocabulary.DIGITS.get(language, "").split())


def _is_telephone(text: str, groups: list[str], language: str, long_digits: int) -> bool:
    digits = "".join(groups)
    if text[0] == "+":
        return 8 <= len(digits) <= 15
    if len(groups) == 1:
        return len(digits) >= long_digits and not digits.endswith("000")
    sizes = [len(group) for group in groups]
    account = len(sizes) > 3 and set(sizes[:-1]) == {4}  # of a bank: groups of four, and the rest
    if len(digits) < 7 or (len(digits) > 16 and not account) or sizes == [4, 2, 2] or _TIMES.fullmatch(text):
        return False
    if len(groups) == 2:
        return (sizes in ([3, 4], [4, 4]) and not year_like(groups)) or (digits[0] == "0" and sizes[0] > 1)
    grouping = names.separators(language)[1]
    thousands = all(size == 3 for size in sizes[1:]) and ((grouping.isspace() and " " in text) or "." in text)
    return (not thousands and max(sizes) < 6) or sizes[0] > 3


def _said(groups: list[str], text: str, language: str, style: str) -> str:
    if style == "spell":
        return f"<spell>{''.join(groups)}</spell>"
    close = ")" if ")" in text and "(" not in text else ""
    parts: list[str] = []
    for group in groups:
        said = counting.spelled(group, language) if style == "words" else None
        parts.append(" ".join(said if said is not None else group))
    plus = "plus " if style == "words" and language in _SAYS_PLUS else "+"
    return (plus if text[0] == "+" else "") + parts[0] + close + "".join(", " + part for part in parts[1:])
