"""`voiceflow bench text`: its measures are measured, its tables are the documentation's."""

from __future__ import annotations

import json
import sys
from functools import cache, partial
from pathlib import Path

import pytest

from voiceflow.bench import lookahead, peers, splits, text
from voiceflow.bench.tables import to_markdown
from voiceflow.cli import main
from voiceflow.errors import VoiceflowError

PAGE = (Path(__file__).parents[2] / "docs" / "text.md").read_text("utf-8")
RULES = {"en": [{"text": "One. Two.", "sentences": ["One.", "Two."]}, {"text": "One. Two.", "sentences": ["One."]}]}


ALL = {rule.name: rule for rule in (*lookahead.CHUNKER, *lookahead.FILTER)}
MEASURE = lookahead.worst


def worst(rule: lookahead.Rule) -> tuple[int, str]:
    return _measured(rule.name)


@cache
def _measured(name: str) -> tuple[int, str]:
    return MEASURE(ALL[name])


@pytest.mark.parametrize("rule", [*lookahead.CHUNKER, *lookahead.FILTER], ids=lambda rule: rule.name)
def test_no_rule_needs_more_text_than_it_states(rule: lookahead.Rule) -> None:
    """Whatever follows its mark; a mark of the chunker is decided at most 40 characters behind it, the filter's 120."""
    assert rule.limit <= (40 if rule in lookahead.CHUNKER else 120)
    needed, follow = worst(rule)
    assert needed <= rule.limit, follow


def test_every_rule_comes_up() -> None:
    """None is measured by a text that does not wait for it."""
    assert [rule.name for rule in (*lookahead.CHUNKER, *lookahead.FILTER) if worst(rule)[0] == 0] == []


def test_the_page_has_the_tables_that_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look-ahead and early phrases, as the command prints them."""
    monkeypatch.setattr(lookahead, "worst", worst)
    for section in (*lookahead.sections(), text.early()):
        assert to_markdown([section]).split("\n\n")[1] in PAGE


def test_texts_are_as_long_as_they_are_said_to_be() -> None:
    """With a full stop every 80 characters, or without any."""
    for length in (100, 1_000):
        texts = {kind: make(length) for kind, make in text.KINDS.items()}
        assert {len(each) for each in texts.values()} == {length}
        stops = [len(sentence) for sentence in texts["a full stop every 80"].split(".")[:-1]]
        assert all(70 <= size <= 82 for size in stops)
        assert "." not in texts["no full stop"]


def test_each_kind_and_length_is_measured() -> None:
    """The tables have a row for each system; the report is JSON."""
    speeds, told = text.Speeds(), list[str]()
    text.measure(speeds, lengths=[50], repeat=1, tell=told.append)
    assert len(told) == 3
    assert [section.rows[0][0] for section in speeds.sections()] == [text.OURS] * 3
    report = json.loads(speeds.to_json())
    assert all(times["50"] > 0 for times in report["microseconds"][text.OURS].values())


def test_the_command_shows_every_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Speeds, early phrases, and what each rule needs to see."""
    monkeypatch.setattr(text, "measure", partial(text.measure, lengths=[50], repeat=1))
    monkeypatch.setattr(lookahead, "worst", worst)
    page = tmp_path / "page.md"
    assert main(["bench", "text", "--markdown", str(page)]) == 0
    assert "takes about 10 seconds" in " ".join(capsys.readouterr().err.split())
    for title in ("Text on its way to speech, ", "Look-ahead of the chunker, ", "Held by the filter, "):
        assert f"### {title}" in page.read_text()


def test_rules_that_are_met_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One-shot and streamed, by language and together."""
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(RULES))
    page = tmp_path / "page.md"
    assert main(["bench", "text", "--quality", str(rules), "--markdown", str(page)]) == 0
    assert "| en | 2 | 1 | 1 |" in page.read_text()
    assert "| all | 2 | 1 (50.0%) | 1 (50.0%) |" in page.read_text()
    assert "Sentence rules" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", ["{", '{"en": [{}]}', "[]"])
def test_a_file_of_other_contents_is_named(tmp_path: Path, wrong: str) -> None:
    """With what it should hold."""
    path = tmp_path / "rules.json"
    path.write_text(wrong)
    with pytest.raises(VoiceflowError, match=r"rules\.json is not .*sentences"):
        splits.read(path)
    with pytest.raises(VoiceflowError, match="cannot be read"):
        splits.read(tmp_path / "none.json")


@pytest.mark.parametrize("pair", ["nobody=/bin/sh", "pysbd=/nowhere/python", "pysbd"])
def test_a_peer_that_is_not_there_is_an_error(pair: str) -> None:
    """That lists the known ones."""
    with pytest.raises(VoiceflowError, match="pipecat, livekit, videosdk, pysbd"):
        peers.named([pair])


PEER = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    print(json.dumps({"way": [2.0, 4]} if "deltas" in asked else [asked["language"], sys.argv[2]]), flush=True)
"""


def test_a_peer_is_asked_in_its_own_interpreter(tmp_path: Path) -> None:
    """Microseconds a character that it came to, and its sentences."""
    python = tmp_path / "python"
    (tmp_path / "peer.py").write_text(PEER)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path / "peer.py"} "$@"\n')
    python.chmod(0o755)
    with peers.Peer("pysbd", str(python)) as peer:
        assert peer.times(["ab"], 1, 1.0) == {"way": 500_000.0}
        assert peer.split("One.", "de") == ["de", "pysbd"]


def test_an_interpreter_without_the_project_is_named() -> None:
    """With the command that shows why."""
    with peers.Peer("livekit", "/bin/false") as peer, pytest.raises(VoiceflowError, match="cannot measure livekit"):
        peer.split("One.", "en")
