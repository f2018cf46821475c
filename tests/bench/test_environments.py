"""Environments for the other frameworks: each is made once, and one that was not finished is made again."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from voiceflow.bench import environments
from voiceflow.bench.measurement import PACKAGES
from voiceflow.errors import VoiceflowError


def test_what_is_missing_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its packages and no others; those that are known stay what they are."""
    for name in ("livekit", "videosdk"):
        (tmp_path / name).mkdir()
    done: list[list[str]] = []
    monkeypatch.setattr(environments, "_do", done.append)
    told: list[str] = []
    found = environments.environments(tmp_path, {"pipecat": "/there/python"}, told.append)
    assert found["pipecat"] == "/there/python"
    assert [found[name] for name in ("livekit", "videosdk")] == [
        str(tmp_path / name / "bin" / "python") for name in ("livekit", "videosdk")
    ]
    assert [command[-1] for command in done[1::2]] == [*PACKAGES["livekit"], *PACKAGES["videosdk"]]
    assert len(told) == 2


def test_one_that_was_broken_off_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one that is whole, or that its user made, is not; another version is brought to the one that is measured."""
    known = {"pipecat": "a", "livekit": "b"}
    python = tmp_path / "videosdk" / "bin" / "python"
    done: list[list[str]] = []
    versions = iter(("", "1.0.29", "1.0.30"))

    def does(command: list[str]) -> None:
        done.append(command)
        if "venv" in command:
            python.parent.mkdir(parents=True, exist_ok=True)
            python.symlink_to(sys.executable) if not python.exists() else None
            return
        version = next(versions)
        if not version:
            raise KeyboardInterrupt
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / version))
        info = tmp_path / version / f"videosdk_agents-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: videosdk-agents\nVersion: {version}\n")

    monkeypatch.setattr(environments, "_do", does)
    with pytest.raises(KeyboardInterrupt):
        environments.environments(tmp_path, known, lambda line: None)
    assert len(done) == 2
    for whole in (4, 6, 6, 6):
        assert environments.environments(tmp_path, known, lambda line: None)["videosdk"] == str(python)
        assert len(done) == whole


def test_what_cannot_be_made_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the last line of what was said."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(VoiceflowError, match=r"-m venv .*` failed: status 1"):
        environments.environments(tmp_path, {"livekit": "b", "videosdk": "c"}, lambda line: None)
