"""How a reply goes on with another model or another voice than the one that broke off in it.

They would not say the same again, so nothing can be left out of it by counting. The next one is given what is still to
be done: a model is told what it has said, a voice is given the words that did not sound.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from voiceflow.frames import Phrase, Prompt, Spoken
from voiceflow.items import Message
from voiceflow.machines.ledger import Ledger
from voiceflow.machines.text.pieces import cut

GO_ON = Message("user", "(Your answer broke off there. Go on with it from exactly there, and repeat nothing.)")

# Thai to Burmese, Khmer, kana and Han are written without spaces: nothing is held back there.
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uff65"
_OPEN_WORD = re.compile(rf"[^\s{_UNSPACED}]+\Z")
_CLOSED_WORD = re.compile(r"[^\W\d_][.!?,;:\u2026][\"'\u2019\u201d)*_]*\Z")
"""A word with its stop; behind a digit it may be the point of a number."""
_LONGEST = 40
"""Characters that are held back at most: what has more without a space is no word."""
_NEW_WORD = re.compile(rf"(?![{_UNSPACED}])[\w\"'\u2018\u201c(]")


def continued(prompt: Prompt, written: str) -> Prompt:
    """The prompt for a model that goes on after what was `written` in answer to this one."""
    before = broken_off(prompt)
    if not written.strip() and not before[-1:].strip():
        return prompt
    items = prompt.items[:-2] if before else prompt.items
    return attrs.evolve(prompt, items=(*items, Message("assistant", before + written), GO_ON))


def broken_off(prompt: Prompt) -> str:
    """The answer with which a model is to go on; "" for a prompt that is to be answered from the beginning."""
    answer = prompt.items[-2] if prompt.items[-1:] == (GO_ON,) else None
    return answer.text if isinstance(answer, Message) else ""


def rest_of(phrase: Phrase, said: int) -> Phrase:
    """The phrase without its first `said` characters, and the space behind them."""
    text = phrase.text
    said = len(text) - len(text[said:].lstrip())
    return attrs.evolve(phrase, text=text[said:], spans=cut(phrase.spans, len(text), said, len(text)))


def unsaid(phrases: Sequence[Phrase], sound: Sequence[Spoken], before: Ledger) -> list[Phrase]:
    """What is left to say of `phrases`, of which `sound` was sent. `before` knows the pace of the voice so far.

    The word in which it broke off was said if half of it was, as the ledger counts what was heard.
    """
    whole = sum(chunk.last for chunk in sound)
    left = list(phrases[whole:])
    said = before.reached() if sound and not sound[-1].last else 0
    if left and said:
        rest = rest_of(left[0], said)
        left[:1] = [rest] if any(character.isalnum() for character in rest.text) else []
    return left


@attrs.define
class WholeWords:
    """What a model writes, word by word: the one in which it breaks off is never said, for who goes on writes it again.

    So no half word is heard, at the price of one word's delay, and none at the end of a sentence.
    """

    _ends: str = ""
    """The last character that was let out."""
    _held: str = attrs.field(default="", init=False)
    """The beginning of a word."""
    _said: list[str] = attrs.field(factory=list[str], init=False)
    """The words that may come once more, from one that begins anew though it was told to go on."""
    _joins: bool = attrs.field(default=False, init=False)
    """Whether what comes is to be joined to what another wrote."""

    def push(self, text: str) -> str:
        """What can be said, now that this was written."""
        text = self._held + text
        if self._joins:
            fresh = self._after_repetition(text)
            if not fresh:
                self._held = text
                return ""
            text, self._joins = fresh, False
        word = _OPEN_WORD.search(text)
        whole = word is None or len(word[0]) > _LONGEST or _CLOSED_WORD.search(word[0])
        start = len(text) if word is None or whole else word.start()
        self._held = text[start:]
        return self._out(text[:start])

    def end(self) -> str:
        """The rest: nothing more will be written here. A repetition that is not complete brings nothing new."""
        held, self._held = self._held, ""
        if self._joins:
            words = held.split()
            held = "" if words == self._said[: len(words)] else self._joined(held)
            self._joins = False
        return self._out(held)

    def broke(self, written: str = "") -> None:
        """Who wrote broke off. Who comes next is to go on after what was `written`; at first, or to repeat it all."""
        self._held, self._said = "", written.split()
        self._joins = bool(self._said)

    def _out(self, text: str) -> str:
        self._ends = text[-1:] or self._ends
        return text

    def _after_repetition(self, text: str) -> str:
        """What is new in the text of the next one; "" while that cannot be told."""
        words, last = text.split(), len(self._said) - 1
        grown = len(words) > last and words[last].startswith(self._said[last])
        if grown and not self._ends.isspace() and words[:last] == self._said[:last]:
            # The last word may have been let out half, and now come whole.
            return _from_word(text, last)[len(self._said[last]) :]
        whole = words if text[-1:].isspace() else words[:-1]
        if whole[: len(self._said)] != self._said[: len(whole)]:
            return self._joined(text)
        if len(whole) >= len(self._said):
            return self._joined(_from_word(text, len(self._said)))
        doubtful = len(whole) == len(words) or self._said[len(whole)].startswith(words[-1])
        return "" if doubtful else self._joined(text)

    def _joined(self, text: str) -> str:
        text = text.lstrip()
        return f" {text}" if _NEW_WORD.match(text) and not self._ends.isspace() else text


def _from_word(text: str, number: int) -> str:
    """The text from its word `number`, counted from 0."""
    parts = text.split(maxsplit=number)
    return parts[number] if len(parts) > number else ""
