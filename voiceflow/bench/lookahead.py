# ruff: noqa: RUF001 (marks of many scripts)
"""How much text each rule of the filter and the chunker may have to see before it decides, stated and measured.

A rule is tried on every kind of text that may follow its mark, one character at a time. What is counted is exact, not
timed: the characters behind the mark that had come while it was not decided (chunker), or that were held (filter).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from voiceflow.bench.tables import Section
from voiceflow.machines.clean import Clean, CleanSettings
from voiceflow.machines.phrases import Phrases, PhraseSettings
from voiceflow.text import verbaliser

_FAR = 300  # characters of what follows: more than any limit
FOLLOWS = (
    *("word ", "Word ", "x", "X", "x.y ", "X. Y ", "a.", "5 ", "5", "1,0", "2024 ", " ", "\n", "\n- ", "\t", "the "),
    *("'", '"', "“", "(", "[", ")", "]", "*", "_", "`", "<", ">", "|", "-", "—", "…", ".", ". ", "!", "?", ":", ","),
    *("=", "/", "\\", "#", "$", "€ ", "'s ", "iP", "pm ", "km ", "- x ", "•", "de ", "of ", "Mai ", "a1=b ", "a=b, "),
    *(
        "a://b.c/",
        "你",
        "你。",
        "क",
        "क। ",
        "ก",
        "ي",
        "ي، ",
        "я ",
        "Я ",
        "ß",
        "👋",
        "\u0301",
        "\u200d",
        "\x00",
        "\ud800",
    ),
    *("The ", ')"*_.)]»      “Abcdefghijklmnopqrstuvwxyz', "......)  (abcdefghijklmnopqrstuvwxyz", "\n      \n Z. B"),
)


@attrs.frozen
class Rule:
    """A rule, the text that brings it up, and at most how many characters behind that it may need."""

    name: str
    limit: int
    text: str
    language: str = "en"
    then: str = ""  # what the rule needs behind its mark in any case
    settings: PhraseSettings | CleanSettings | None = None


# The first of each text's characters that waits is the mark itself.
CHUNKER = (
    Rule("a full stop behind a plain word, and white space", 1, "I will call tomorrow.", then=" "),
    Rule(
        "`?`, or `!` behind a small word, and white space (English, German and others)",
        1,
        "Is it what you mean?",
        then=" ",
    ),
    Rule("`!`", 40, "Bonjour à tous!", "fr"),
    Rule("`。` `！` `？` and other wide marks", 40, "今天很好。", "zh"),
    Rule("danda, and the marks of other scripts", 40, "यह अंत है।", "hi"),
    Rule("a full stop behind an abbreviation that may end a sentence", 40, "It is open until 5 p.m."),
    Rule("a full stop behind a title", 40, "It is Dr."),
    Rule("a full stop behind a short word or a number", 40, "It was 42."),
    Rule("a full stop behind a single letter", 40, "It was planned by A."),
    Rule("an ordinal (German and others)", 40, "Es war am 3.", "de"),
    Rule("several marks, or quotes and brackets behind them", 40, 'He said "no!"'),
    Rule("dots", 40, "Well..."),
    Rule("the Arabic comma", 40, "قال أحمد،", "ar"),
    Rule("the Greek question mark", 40, "Πώς είσαι;", "el"),
    Rule("the Armenian full stop", 40, "Բարև Ձեզ:", "hy"),
    Rule("the number of the next item in a line", 40, "1.) one 2."),
    Rule("a line break", 40, "This is a line\n"),
    Rule("a clause (`first_words`, `clause_chars`)", 40, "Well, that is so,", settings=PhraseSettings(clause_chars=10)),
)
FILTER = (
    Rule("`*`, `_`: emphasis", 120, "Hi *"),
    Rule("`**`, `__`, `~~`", 120, "Hi **"),
    Rule("a backtick: code", 120, "Hi `"),
    Rule("a fence of code", 120, "Hi\n```"),
    Rule("`[`: a link or a note", 120, "Hi ["),
    Rule("the address of a link", 120, "Hi [a]("),
    Rule("`![`: an image", 120, "Hi !["),
    Rule("`<`: a tag, an address, a control word", 120, "Hi <"),
    Rule("`<think`: a tag with attributes", 120, "Hi <think "),
    Rule("`(`: metadata", 120, "Hi ("),
    Rule("`(key=`: metadata", 120, "Hi (key="),
    Rule("a line in capitals: metadata", 120, "META: x"),
    Rule("`#`: a heading", 120, "Hi\n#"),
    Rule("`-`, `*`, `+`: a list or a rule", 120, "Hi\n-"),
    Rule("`>`: a quote", 120, "Hi\n>"),
    Rule("`|`: a table", 120, "Hi\n|"),
    Rule("`\\`", 1, "Hi \\"),
    Rule("`.`: dots", 120, "Hi."),
    Rule("`!`, `?`", 120, "Hi!"),
    Rule("a dash", 120, "Hi -"),
    Rule("a gloss", 60, "मैं Hello", "hi"),
    Rule("a number, a date, a telephone number", 64, "Hi 5"),
    Rule("the same where `3.` is an ordinal", 64, "Am 3.", "de"),
    Rule("a currency sign", 64, "Hi $"),
    Rule("a sign (`+`, `-`, `~`, `#`)", 64, "Hi +"),
    Rule("`&` and other symbols", 1, "Hi &"),
    Rule("a word of a dictionary", 8, "Hi New", settings=CleanSettings(pronunciations={"New York": "noo york"})),
)


def worst(rule: Rule) -> tuple[int, str]:
    """The most characters that the rule needed behind its mark, and what followed then."""
    return max(((_needed(rule, follow), follow) for follow in FOLLOWS), key=lambda each: each[0])


def _needed(rule: Rule, follow: str) -> int:
    """How many characters had to come until what stood at the end of the rule's text was decided."""
    push, waiting = _machine(rule)
    read = len(rule.text)
    for character in rule.text:
        push(character)
    place = read - waiting()
    for needed, character in enumerate((rule.then + follow * _FAR)[:_FAR]):
        if not waiting() or read - waiting() != place:
            return needed
        push(character)
        read += 1
    return _FAR


def _machine(rule: Rule) -> tuple[Callable[[str], object], Callable[[], int]]:
    """How to write on, and how much of what was written is undecided."""
    if rule in CHUNKER:
        chunker = Phrases(rule.settings if isinstance(rule.settings, PhraseSettings) else None, rule.language)
        return chunker.push, lambda: chunker.waiting
    settings = rule.settings if isinstance(rule.settings, CleanSettings) else None
    clean = Clean(settings, rule.language, verbaliser(rule.language))
    return clean.push, lambda: clean.held


def sections() -> Iterator[Section]:
    """The two tables: what is stated, and what was measured."""
    header = ("rule", "stated", "worst measured")
    for title, rules in (
        ("Look-ahead of the chunker, characters", CHUNKER),
        ("Held by the filter, characters", FILTER),
    ):
        rows = [(rule.name, str(rule.limit), str(worst(rule)[0])) for rule in rules]
        yield Section(title, header, rows, f"the worst of {len(FOLLOWS)} kinds of text behind the mark")
