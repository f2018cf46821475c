"""Which rules look at which special characters of a reply, for the switches that are on."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from voiceflow.machines.text import blocks, leaks, markup, spelling, tokens
from voiceflow.machines.text.reader import Rule
from voiceflow.machines.text.scripts import BY_SCRIPT

if TYPE_CHECKING:
    from voiceflow.machines.clean import CleanSettings


def rules(settings: CleanSettings, language: str | None, verbaliser: tokens.Verbaliser | None) -> dict[str, list[Rule]]:
    """The chain of rules for each special character, for the switches that are on."""
    chains: dict[str, list[Rule]] = {}

    def add(characters: str, rule: Rule) -> None:
        for character in characters:
            chains.setdefault(character, []).append(rule)

    for entries in (settings.replacements, settings.pronunciations):
        if entries:
            dictionary = spelling.Dictionary(entries)
            add(dictionary.starts, dictionary.rule)
    scripts = frozenset(script for script, code in BY_SCRIPT.items() if code == language)
    glosses = bool(settings.gloss and scripts and "Latn" not in scripts)
    add("/@", spelling.address)
    add("\n", blocks.newline)
    if settings.metadata:
        add("(", leaks.pair)
    if settings.reasoning or settings.markup:
        add("<", leaks.tag_rule(settings.reasoning, settings.markup, settings.reasoning_tags))
    if settings.markdown:
        for character, rule in markup.RULES.items():
            add(character, rule)
    if verbaliser is not None and settings.numbers:
        number = tokens.number_rule(verbaliser)
        add("0123456789" + tokens.CURRENCY + tokens.SIGNS + verbaliser.signs, number)
        letters = heads(verbaliser.heads)
        add("".join(first for first in letters.firsts if first in chains or glosses), letters.rule(number))
    if verbaliser is not None and settings.symbols:
        add("".join(verbaliser.symbols), tokens.symbol_rule(verbaliser.symbols))
    if settings.punctuation:
        add(".", spelling.dots)
        add("-", spelling.dashes)
        add("!?", spelling.repeated)
    if glosses:
        add("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", spelling.gloss_rule(scripts))
    return chains


def others(settings: CleanSettings) -> list[Rule]:
    """The rules for special characters that have no chain of their own."""
    return [*([spelling.picture] if settings.emoji else []), *([spelling.unspeakable] if settings.unspeakable else [])]


@cache
def heads(words: frozenset[str]) -> tokens.Heads:
    """Made once for each verbaliser's words."""
    return tokens.Heads(words)


@cache
def pattern(characters: str, emoji: bool, unspeakable: bool) -> re.Pattern[str]:
    """Finds these characters, and the classes that are looked for besides."""
    classes = (spelling.EMOJI if emoji else "") + (spelling.UNSPEAKABLE if unspeakable else "")
    return re.compile(f"[{re.escape(characters)}{classes}]")
