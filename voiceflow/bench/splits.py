"""How many sentence rules the chunker gets right, by language, beside other splitters.

The rules are a JSON file `{language: [{"text": ..., "sentences": [...]}]}`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TypedDict, cast

from voiceflow.bench.peers import Peer
from voiceflow.bench.tables import Section
from voiceflow.errors import VoiceflowError
from voiceflow.machines.phrases import Phrases

Split = Callable[[str, str], list[str] | None]


class Case(TypedDict):
    """A text and the sentences that a reader finds in it."""

    text: str
    sentences: list[str]


def read(path: Path) -> Mapping[str, Sequence[Case]]:
    """The rules of a file, by language.

    Raises:
        VoiceflowError: the file cannot be read, or is none of these.
    """
    try:
        rules = json.loads(path.read_text("utf-8"))
        _ = [(case["text"], case["sentences"]) for cases in rules.values() for case in cases]
    except OSError as error:
        raise VoiceflowError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise VoiceflowError(f'{path} is not {{"en": [{{"text": ..., "sentences": [...]}}, ...], ...}}') from error
    return cast(Mapping[str, Sequence[Case]], rules)


def one_shot(text: str, language: str) -> list[str]:
    return [phrase.text for phrase in Phrases(language=language).split(text)]


def streamed(text: str, language: str) -> list[str]:
    """One character at a time."""
    machine = Phrases(language=language)
    return [phrase.text for character in text for phrase in machine.push(character)] + [p.text for p in machine.end()]


def quality(rules: Mapping[str, Sequence[Case]], peers: Sequence[Peer] = ()) -> Section:
    """A row for each language, and one for all."""
    with ExitStack() as stack:
        systems: dict[str, Split] = {"one-shot": one_shot, "streamed": streamed}
        systems |= {peer.name: stack.enter_context(peer).split for peer in peers}
        systems = {name: split for name, split in systems.items() if split("One. Two.", "en") is not None}
        right = {
            language: [
                sum(split(case["text"], language) == case["sentences"] for case in cases) for split in systems.values()
            ]
            for language, cases in sorted(rules.items())
        }
    rows = [(language, str(len(rules[language])), *map(str, counts)) for language, counts in right.items()]
    size = sum(map(len, rules.values()))
    totals = [sum(counts) for counts in zip(*right.values(), strict=True)]
    rows.append(("all", str(size), *(f"{total} ({total / size:.1%})" for total in totals)))
    return Section("Sentence rules that are met", ("language", "rules", *systems), rows)
