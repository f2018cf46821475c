"""`voiceflow doctor`: it finds what is there, and says how to mend what is not."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import TypeVar

import attrs
import pytest

from voiceflow.cli import main
from voiceflow.commands import _checkup, _sound
from voiceflow.commands._packages import Package, packages

T = TypeVar("T")


SPEC = argparse.Namespace(submodule_search_locations=None)
"""Of a package that is there, with no files in it."""


def always(value: T) -> Callable[..., T]:
    def call(*args: object) -> T:
        return value

    return call


def report(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, dict[str, object]]]:
    """The status, and the findings by name."""
    status = main(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["demo"] is (status == 0)
    return status, {finding["name"]: finding for finding in found["findings"]}


def test_what_is_installed_is_found_with_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    """Every package of the base and of each extra for users has a line."""
    _, found = report(capsys)
    assert found["trio"]["detail"] == metadata.version("trio")
    assert found["trio"]["state"] == "ok"
    assert {"pocketsphinx [embedded]", "espeakng-loader [espeak]", "sounddevice [devices]"} <= found.keys()
    assert not {name for name in found if "pytest" in name}


def test_a_missing_package_of_the_demo_fails_with_its_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Status 1; the command installs the extra into this very environment."""

    def version(name: str) -> str:
        if name == "xllamacpp":
            raise metadata.PackageNotFoundError(name)
        return "99"

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.chdir(tmp_path)  # from within a checkout it would be named from there
    status, found = report(capsys)
    assert status == 1
    finding = found["xllamacpp [embedded]"]
    assert (finding["state"], finding["detail"]) == ("missing", "not installed")
    assert finding["mend"] == f"{sys.executable} -m pip install 'voiceflow[embedded]'"
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"      {finding['mend']}"
    assert "voiceflow demo cannot run yet. It lacks:" in lines


@pytest.mark.parametrize(
    ("found", "fits"),
    [("1.10", True), ("1.9.9", False), ("1.10.0rc1", True), ("2", True), (None, False), ("1.10.0.post1", True)],
)
def test_a_package_that_is_too_old_does_not_fit(found: str | None, fits: bool) -> None:
    """Versions are compared as numbers, not as texts."""
    assert Package("x", ">=1.10.0", "", found).fits is fits


def test_requirements_are_read_in_every_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """With extras of their own, several bounds, parentheses, either quote; test tools are left out."""
    lines = [
        "trio>=0.31",
        "coverage[toml]>=7.6; extra == 'test'",
        'espeakng-loader>=0.2.4,<1 ; extra == "espeak"',
        "zope.x_y (>=1.0)",
        "plain",
    ]
    monkeypatch.setattr(metadata, "requires", always(lines))
    assert [(each.name, each.wanted, each.extra) for each in packages()] == [
        ("trio", ">=0.31", ""),
        ("espeakng-loader", ">=0.2.4,<1", "espeak"),
        ("zope.x_y", ">=1.0", ""),
        ("plain", "", ""),
    ]


def test_a_missing_model_of_the_demo_fails_with_its_command(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The language model is needed, the turn detector is not."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("VOICEFLOW_MODELS", raising=False)
    status, found = report(capsys)
    assert status == 1
    llm, detector = found["smollm2-135m-instruct"], found["smart-turn-v3"]
    assert (llm["state"], llm["demo"]) == ("missing", True)
    assert str(llm["mend"]).endswith("voiceflow models fetch smollm2-135m-instruct")
    assert (detector["state"], detector["demo"]) == ("missing", False)
    assert "without it" in str(detector["use"])


def test_a_cache_that_cannot_be_written_matters_while_a_model_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """/proc can be written by nobody."""
    monkeypatch.setenv("XDG_CACHE_HOME", "/proc/nowhere")
    monkeypatch.delenv("VOICEFLOW_MODELS", raising=False)
    _, found = report(capsys)
    assert (found["cache"]["state"], found["cache"]["demo"]) == ("missing", True)
    assert found["cache"]["detail"] == "/proc cannot be written"


def test_any_voice_will_do_for_the_demo(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Hibari or eSpeak NG from pip, or Flite from apt; with none it cannot speak."""
    hibari = Package("hibari-tts", ">=0.2.1,<0.3", "embedded", "0.2.1")
    espeak = Package("espeakng-loader", ">=0.2.4", "espeak", "0.2.4")
    told: list[object] = []
    for flite, others in ((True, []), (False, [espeak]), (False, [hibari]), (True, [espeak, hibari]), (False, [])):
        monkeypatch.setattr(_checkup, "_loads", always(flite))
        monkeypatch.setattr(_checkup, "packages", always(others))
        _, found = report(capsys)
        told.append(found["a voice"]["detail"])
        assert found["a voice"]["demo"] is True
        assert found["a voice"]["state"] == ("ok" if flite or others else "missing")
    alone = ["Flite", "eSpeak NG", "Hibari"]
    assert told == [*alone, "Hibari and Flite and eSpeak NG", "none of Hibari, Flite, eSpeak NG"]


def test_a_missing_library_is_said_with_its_debian_package(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With sudo for those who are not root; on other systems the package's name."""
    monkeypatch.setattr(_checkup, "_loads", always(False))
    monkeypatch.setattr(shutil, "which", always("/usr/bin/there"))
    monkeypatch.setattr(os, "geteuid", always(1000))
    _, found = report(capsys)
    assert found["PortAudio"]["mend"] == "sudo apt-get install libportaudio2"
    assert found["Flite"]["detail"] == "libflite.so.1, libflite_cmu_us_slt.so.1"
    monkeypatch.setattr(shutil, "which", always(None))
    _, found = report(capsys)
    assert str(found["PortAudio"]["mend"]).startswith("install libportaudio2 (so called in Debian)")


def test_no_secret_is_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a key only whether it is set."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hidden")
    main(["doctor"])
    text = capsys.readouterr().out
    assert "sk-hidden" not in text
    assert [line.split() for line in text.splitlines() if "OPENAI_API_KEY" in line] == [["-", "OPENAI_API_KEY", "set"]]


def test_devices_are_listed_by_direction(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by its name, whatever script that is in."""
    monkeypatch.setattr(_sound, "find_spec", always(SPEC))
    monkeypatch.setattr(_sound, "_LOOK", """print('[["Mikrofon \\\\u00e4", 1, 0], ["Both", 2, 2]]')""")
    _, found = report(capsys)
    assert found["microphones"]["detail"] == "Mikrofon ä, Both"
    assert found["speakers"]["detail"] == "Both"


def test_a_library_that_is_not_there_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no reason for the demo not to run."""
    monkeypatch.setattr(_sound, "find_spec", always(SPEC))
    monkeypatch.setattr(_sound, "_LOOK", "raise OSError('PortAudio library not found')")
    _, found = report(capsys)
    finding = found["audio devices"]
    assert (finding["state"], finding["detail"]) == ("missing", "PortAudio cannot be used")
    assert (finding["demo"], str(finding["mend"]).endswith("apt-get install libportaudio2")) == (False, True)


@attrs.frozen
class Place:
    """A machine on which no device is seen: what there is instead, and what should be said."""

    detail: str
    mend: str
    sockets: tuple[str, ...] = ()
    bridges: tuple[str, ...] = ()
    cards: str | None = None


PLACES = (
    Place("no sound server and no sound card", "apt-get install pulseaudio libasound2-plugins; pulseaudio --start"),
    Place("no sound server and no sound card", "pulseaudio --start", cards="--- no soundcards ---\n"),
    Place("no sound server runs, and the sound cards give none", "usermod -aG audio", cards=" 0 [PCH ]: HDA-Intel\n"),
    Place("PulseAudio runs, but ALSA has no bridge", "install libasound2-plugins", ("pulse/native",), ("pipewire",)),
    Place("PulseAudio runs, and has none", "connect one", ("pulse/native",), ("pulse",)),
    Place("PipeWire runs, but ALSA has no bridge", "install pipewire-alsa", ("pipewire-0", "pulse/native"), ("pulse",)),
    Place("PipeWire runs, and has none", "connect one", ("pipewire-0",), ("pipewire",)),
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.detail)
def test_what_lies_in_the_way_of_devices_is_said_with_what_to_do(
    place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Between PortAudio and a device stand ALSA, its bridge to a sound server, the server, and a card."""
    bridges = [f"lib/x86_64-linux-gnu/alsa-lib/libasound_module_pcm_{name}.so" for name in place.bridges]
    for name in (*(f"run/{socket}" for socket in place.sockets), *bridges):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    if place.cards is not None:
        (tmp_path / "cards").write_text(place.cards)
    monkeypatch.setattr(_sound, "find_spec", always(SPEC))
    monkeypatch.setattr(_sound, "_LOOK", "print('[]')")
    monkeypatch.setattr(_sound, "_CARDS", tmp_path / "cards")
    monkeypatch.setattr(_sound, "_LIBRARIES", tmp_path / "lib")
    monkeypatch.setattr(shutil, "which", always("/usr/bin/there"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    _, found = report(capsys)
    for name in ("microphones", "speakers"):
        assert str(found[name]["detail"]).startswith(f"none: {place.detail}")
        assert place.mend in str(found[name]["mend"])


def test_all_that_is_missing_has_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A command, or the words for what no command does."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(metadata, "version", always("0.0.1"))
    monkeypatch.setattr(_checkup, "_loads", always(False))
    _, found = report(capsys)
    missing = [finding for finding in found.values() if finding["state"] == "missing"]
    assert len(missing) > 20
    assert [finding["name"] for finding in missing if not finding["mend"]] == []


def test_it_fits_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is to be copied, a path or a command, is longer than 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(metadata, "version", always("0.0.1"))
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()[1:]
    assert [line for line in lines if len(line) > 80 and " -m " not in line and len(line.split()) > 1] == []
