"""How many sentence rules the chunker gets right, by language; peers where they are installed.

The rules are a JSON file `{language: [{"text": ..., "sentences": [...]}]}`.

    python benchmarks/text_rules.py ../shared/data/text/sentence_rules.json
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

from voiceflow.machines.phrases import Phrases

Split = Callable[[str, str], list[str]]


def one_shot(text: str, language: str) -> list[str]:
    return [phrase.text for phrase in Phrases(language=language).split(text)]


def streamed(text: str, language: str) -> list[str]:
    machine = Phrases(language=language)
    return [phrase.text for character in text for phrase in machine.push(character)] + [p.text for p in machine.end()]


def pysbd(text: str, language: str) -> list[str]:
    segmenter = importlib.import_module("pysbd").Segmenter(language=language, clean=False)
    return [str(sentence).strip() for sentence in segmenter.segment(text)]


def sentencex(text: str, language: str) -> list[str]:
    found = [str(sentence).strip() for sentence in importlib.import_module("sentencex").segment(language, text)]
    return [sentence for sentence in found if sentence]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("rules", type=Path)
    rules: dict[str, list[dict[str, object]]] = json.loads(options.parse_args().rules.read_text("utf-8"))
    systems: dict[str, Split] = {"one-shot": one_shot, "streamed": streamed}
    for peer in (pysbd, sentencex):
        if importlib.util.find_spec(peer.__name__) is not None:
            systems[peer.__name__] = peer
    print("| language | rules | " + " | ".join(systems) + " |\n|---|---|" + "---|" * len(systems))
    totals = dict.fromkeys(systems, 0)
    for language, cases in sorted(rules.items()):
        right = {
            name: sum(split(str(case["text"]), language) == case["sentences"] for case in cases)
            for name, split in systems.items()
        }
        totals = {name: totals[name] + right[name] for name in systems}
        print(f"| {language} | {len(cases)} | " + " | ".join(map(str, right.values())) + " |")
    size = sum(map(len, rules.values()))
    print(f"| all | {size} | " + " | ".join(f"{total} ({total / size:.1%})" for total in totals.values()) + " |")


if __name__ == "__main__":
    main()
