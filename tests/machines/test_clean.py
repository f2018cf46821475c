"""What the text filter leaves out, says otherwise, and leaves alone."""

from __future__ import annotations

from typing import Any, cast

import attrs
import pytest

from voiceflow.errors import GraphError
from voiceflow.machines.clean import Clean, CleanSettings
from voiceflow.machines.phrases import Phrases
from voiceflow.machines.text.reader import HOLD


def clean(text: str, language: str | None = "en", **settings: object) -> str:
    """The filtered text, the same in one piece and one character at a time."""
    made = attrs.evolve(CleanSettings(), **cast(Any, settings))
    machine = Clean(made, language)
    streamed = "".join(piece.text for delta in text for piece in machine.push(delta))
    streamed += "".join(piece.text for piece in machine.end())
    assert Clean(made, language).filter(text).text == streamed
    return streamed


MARKDOWN = [
    ("Hello **bold** and *it* and __b__ and _i_ and ***bi***.", "Hello bold and it and b and i and bi."),
    ("**a *b* c** and ~~gone~~", "a b c and gone"),
    ("Use `code x*y` here", "Use code x*y here"),
    ("``a ` b``", "a ` b"),
    ("# Title\nText", "Title\n\nText"),
    ("### Three ###", "Three ###"),
    ("#hashtag and # alone", "#hashtag and # alone"),
    ("- one\n* two\n+ three\n", "\none\n\n\ntwo\n\n\nthree\n\n"),
    ("- [x] done\n- [ ] open", "\ndone\n\n\nopen"),
    ("1. first\n2. second", "1. first\n2. second"),
    ("> quote\n>> deep", "quote\ndeep"),
    ("a\n---\nb\n***\nc", "a\n\nb\n\nc"),
    ("| a | b |\n|---|:-:|\n| 1 | 2 |\nend", "a, b\n\n\n1, 2\n\nend"),
    ("See [the docs](https://x.org/a_(b)?q=*1*) now", "See the docs now"),
    ('A [link](http://a.b "its title") and [one][two]', "A link and one"),
    ("![alt](a.png)Text", "Text"),
    ("note[^1] and [1] and [x]", "note and [1] and [x]"),
    ("Code:\n```python\nprint('*')\n```\nAfter", "Code:\n\nAfter"),
    ("Open\n~~~\nnever closed **x**", "Open\n"),
    ("x ```inline``` y", "x inline y"),
    ("这是**重要**的。*斜体*字", "这是重要的。斜体字"),
    ("**Open\n\nx** y", "Open\n\nx** y"),
    ("**open\n\nx** y", "**open\n\nx** y"),
    (">x and\n>\n> y", ">x and\n\ny"),
    ("**** four ~~~ x", "**** four ~~~ x"),
    ("![^1] and ![x", " and ![x"),
    ("``` on `one` line ```", "``` on one line ```"),
    ("at the *end*", "at the end"),
    ("a `b\n\nc` d", "a `b\n\nc` d"),
    (r"\*not\* \_this\_ a\b", "*not* _this_ a\\b"),
    ("**bold of a small letter** and **kwargs\n\nwith **more**", "bold of a small letter and **kwargs\n\nwith more"),
    ("**" + "and a long one " * 12 + "end**", "**" + "and a long one " * 12 + "end**"),
    ("**" + "And a long one " * 12 + "end**", "And a long one " * 12 + "end"),
    ("word[link](http://a.b) and [here](intro)", "wordlink and here"),
    ("x<i>y</i>z and **b", "xyz and **b"),
    ("**Bold:** text and **more**: x", "Bold: text and more: x"),
]
PLAIN = [
    "3 * 7 = 21", "snake_case_name", "x**2 + y**2", "3 < 5 and 7 > 2", "a * b * c", "2 ** 3", "f(x) [y] {z}", "5 * 3",
    "C# and F#", "~5 or ~ 5", "a|b || c", "1) red 2) green", "https://a.b/c_d_e*f*g?x=[1]", "me_and_you@a_b.org",
    "*unmatched", "(unmatched", "[unmatched", "`unmatched", "<unmatched", "a <b c", "#1 fan", "10-20", "it's 5 o'clock",
    "$HOME", "**kwargs", "f(*args, **kwargs)", "a<b>c", "if x<i>y", "array[0](x)", "m[i][j]", "f(x)[0](y)",
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MARKDOWN)
def test_markdown_marks_go_and_words_stay(text: str, expected: str) -> None:
    """Each form of Markdown that a model writes."""
    assert clean(text) == expected


@pytest.mark.parametrize("text", PLAIN)
def test_plain_text_that_looks_like_markdown_stays(text: str) -> None:
    """Mathematics, names, addresses and unmatched marks are words."""
    assert clean(text) == text
    assert clean(f"Well, {text} it is.") == f"Well, {text} it is."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<think>secret *a* <b>stuff</think>Hello", "Hello"),
        ("<Thinking>x</THINKING>Hi <reasoning>y\nz</reasoning>there", "Hi there"),
        ("Hello</think> you", "Hello you"),
        ("<think>never closed", ""),
        ("<think/>Hi", "Hi"),
        ("a <b>bold</b> and <br/>next <i class='x'>it</i>", "a bold and \nnext it"),
        ("x <foo>bar</foo> y", "x <foo>bar</foo> y"),
        ("done<|im_end|> now", "done now"),
        ("<!-- hidden -->seen", "seen"),
        ("go to <https://a.b/c> now", "go to https://a.b/c now"),
        ("(tone=happy, pace=slow) Hi (x=5) and (see below)", " Hi (x=5) and (see below)"),
        ("METADATA (v1): state=ok done\nHi.\nNASA: The agency.", "\nHi.\nNASA: The agency."),
        ("TOOL CALL: name=x", ""),
    ],
)
def test_what_a_model_lets_slip_goes(text: str, expected: str) -> None:
    """Reasoning, tags, control words, metadata; mathematics in brackets stays."""
    assert clean(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("नमस्ते Hello World (नमस्ते दुनिया) आप", "नमस्ते नमस्ते दुनिया आप"),
        ("आप Python (programming) सीखें", "आप Python (programming) सीखें"),
        ("मैं Very Good Morning (सुप्रभात) बोलूँ", "मैं Very Good सुप्रभात बोलूँ"),
        ("मैं Hello (नमस्ते", "मैं Hello (नमस्ते"),
    ],
)
def test_a_gloss_takes_the_place_of_the_latin_words(text: str, expected: str) -> None:
    """As many words as the gloss has, in a language of another script only."""
    assert clean(text, "hi") == expected
    assert clean("Hello World (नमस्ते दुनिया)", "en") == "Hello World (नमस्ते दुनिया)"


def test_emoji_go_and_joiners_inside_words_stay() -> None:
    """Pictures, flags, skin tones and keycaps are not said; a joiner is a letter in Indic scripts."""
    assert clean("Hi👋🏽 there🇩🇪! 1️⃣ ok ✅") == "Hi there! 1 ok "
    assert clean("क्‍ष", "hi") == "क्‍ष"
    assert clean("a\u200bb\u00adc\x00d\ud800e\ufeff") == "abcde"


def test_punctuation_is_made_even() -> None:
    """Dots, dashes and repeated marks."""
    assert clean("Wait... ok -- so - yes!!! Really?!?!") == "Wait… ok — so — yes! Really?!"
    assert clean("5 - 3 and a-b and 1--2") == "5 - 3 and a-b and 1--2"


def test_words_are_said_as_the_dictionary_says() -> None:
    """Whole words only; the longest entry wins; case counts where an entry has capitals; replacements win."""
    entries = {"SQL": "sequel", "nginx": "engine x", "New York": "noo york", "New": "knew", "你好": "nihao"}
    text = "SQL MySQL sql Nginx New York New Yorkers SQLite 说你好吗"
    expected = "sequel MySQL sql engine x noo york knew Yorkers SQLite 说nihao吗"
    assert clean(text, pronunciations=entries) == expected
    assert clean("SQL", pronunciations=entries, replacements={"SQL": "S Q L"}) == "S Q L"


@pytest.mark.parametrize(
    ("switch", "text"),
    [
        ("markdown", "**b** _i_ `c` # x"), ("reasoning", "<think>x</think>"), ("markup", "<b>x</b>"),
        ("metadata", "(key=value)"),
        ("emoji", "👋"), ("punctuation", "a... b - c!!"), ("unspeakable", "a\u200bb"),
    ],
)  # fmt: skip
def test_every_rule_has_a_switch(switch: str, text: str) -> None:
    """A rule that is off leaves the text as it is."""
    assert clean(text) != text
    assert clean(text, **cast(Any, {switch: False})) == text


def test_the_gloss_has_a_switch() -> None:
    """Off, the Latin words stay."""
    assert clean("Hello (नमस्ते)", "hi", gloss=False) == "Hello (नमस्ते)"


OPENERS = [
    "*",
    "_",
    "`",
    "``",
    "[",
    "[a](",
    "![",
    "<",
    "<think",
    "</",
    "(",
    "(key=",
    "**",
    "~~",
    "~",
    "#",
    "|",
    "META: x",
]


@pytest.mark.parametrize("opener", [*OPENERS, "-", "\\"])
@pytest.mark.parametrize("filler", ["word ", "x", "你", "a.b ", "1 ", "'", "K", "- "])
def test_an_unmatched_mark_holds_little_back(opener: str, filler: str) -> None:
    """No mark holds text back for more than 120 characters."""
    machine = Clean(language="en")
    machine.push("Hi\n" if opener in "|#~-META: x" else "Hi ")
    for character in opener + filler * 300:
        machine.push(character)
        assert machine.held <= HOLD


def test_an_address_of_any_length_is_left_out() -> None:
    """A link's address longer than the limit is dropped as it comes."""
    assert clean(f"See [this](http://a.b/{'x' * 500}) now") == "See this now"


def test_maps_lead_back_to_the_original() -> None:
    """Each character of the filtered text is at its place; what was replaced stands for all of it."""
    piece = Clean(CleanSettings(pronunciations={"SQL": "sequel"}), "en").filter("A **b** SQL c")
    assert piece.text == "A b sequel c"
    assert piece.spans == ((0, 0, 2), (2, 4, 1), (3, 7, 1), (4, 8, 3), (10, 11, 2))
    assert [piece.origin(heard) for heard in (1, 3, 6, 10, 12)] == [1, 5, 8, 11, 13]
    phrase = Phrases(language="en").split("x")[0]
    assert phrase.spans == ((0, 0, 1),)


def test_what_filters_to_nothing_gives_nothing() -> None:
    """No pieces, no phrases: there is nothing to wait for."""
    for text in ("👋", "<think>x</think>", "```\ncode\n```", "", "---\n"):
        machine, phrases = Clean(), Phrases()
        pieces = machine.push(text) + machine.end()
        assert [phrase for piece in pieces for phrase in phrases.push(piece)] + phrases.end() == []


def test_wrong_settings_are_named() -> None:
    """A setting of the wrong kind and an unknown language are errors that say so."""
    with pytest.raises(GraphError, match=r"CleanSettings\.markdown is True or False; got 1"):
        CleanSettings(markdown=cast(bool, 1))
    with pytest.raises(GraphError, match="pronunciations maps words"):
        CleanSettings(pronunciations={"": "x"})
    with pytest.raises(GraphError, match=r"'xx' is not known"):
        Clean(language="xx")
