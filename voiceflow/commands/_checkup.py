"""What voiceflow needs of a machine, looked for: nothing heavy is imported, nothing changed, no secret read out."""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

import attrs

from voiceflow.commands._finding import Finding, apt
from voiceflow.commands._packages import Package, packages, version
from voiceflow.commands._sound import devices
from voiceflow.models import cache_folder, status

_USES: Final[dict[str, str]] = {
    "": "everything",
    "embedded": "the demo: denoise, speech detection, recognition, language model, voice",
    "espeak": "a voice of about a hundred languages",
    "devices": "microphone and speaker: voiceflow talk",
    "echo": "echo cancellation: voiceflow talk",
    "whisper": "recognition by Whisper",
    "verbalize": "numbers, dates and units in words",
    "images": "pictures made smaller before they are sent",
    "knowledge": "documents in HTML and PDF for a store",
    "mcp": "tools of servers that speak the Model Context Protocol",
    "serve": "calls from pages, programs and telephones: voiceflow serve",
    "rtc": "calls by WebRTC: voiceflow serve",
}
_DEMO_EXTRAS: Final = ("", "embedded")
_DEMO_MODELS: Final = ("silero-vad", "pocketsphinx-en-us", "smollm2-135m-instruct")
_VOICES: Final = {
    "hibari-tts [embedded]": "Hibari",
    "Flite": "Flite",
    "espeakng-loader [espeak]": "eSpeak NG",
}
"""What a voice needs, and its name; the best first."""

_MODEL_USES: Final[dict[str, str]] = {
    "smart-turn-v3": "better ends of turns; without it words alone tell them",
    "whisper-base": "recognition by Whisper",
    "minilm-l6": "documents that are found by their meaning",
    "espeak-ng-data": "the voice eSpeak NG",
    "hibari-heart": "the voice Hibari",
}


@attrs.frozen
class _Library:
    """A shared library (all its files, as they are loaded) and the Debian package that has it."""

    name: str
    files: tuple[str, ...]
    debian: str
    use: str


_LIBRARIES: Final = (
    _Library("PortAudio", ("libportaudio.so.2",), "libportaudio2", "microphone and speaker: voiceflow talk"),
    _Library("Flite", ("libflite.so.1", "libflite_cmu_us_slt.so.1"), "libflite1", "clear English voices"),
)
_SNDFILE = _Library("libsndfile", ("libsndfile.so.1",), "libsndfile1", "sound files")


def checkup() -> list[Finding]:
    """Look for everything."""
    found = [*_packages(), *_models(), *_libraries()]
    return [*found, _voice(found), *devices(), *_cache(found), *_settings()]


def program() -> dict[str, str]:
    """Which voiceflow, on what."""
    system = os.uname()
    return {
        "voiceflow": version("voiceflow") or "not installed",
        "python": ".".join(map(str, sys.version_info[:3])),
        "executable": sys.executable,
        "platform": f"{system.sysname} {system.release} {system.machine}",
        "cpus": str(len(os.sched_getaffinity(0))),
    }


def _packages() -> Iterator[Finding]:
    try:
        found = list(packages())
    except metadata.PackageNotFoundError:
        detail = "voiceflow itself is not installed, so that what it asks for is not known"
        yield Finding("packages", "voiceflow", "missing", detail, mend=f"{_pip()} -e '.[embedded]'", demo=True)
        return
    # What is always needed first, then by extra: the order of the metadata is that of names.
    for package in sorted(found, key=lambda package: list(_USES).index(package.extra) if package.extra in _USES else 9):
        yield _package(package)
    yield _rnnoise()


def _package(package: Package) -> Finding:
    use = _USES.get(package.extra, f"the extra {package.extra}")
    demo = package.extra in _DEMO_EXTRAS
    label = f"[{package.extra}]" if package.extra else ""
    name = f"{package.name} {label}".rstrip()
    if package.fits:
        return Finding("packages", name, "ok", package.found or "", use, demo=demo)
    detail = f"{package.found} is too old; {package.wanted} is wanted" if package.found else "not installed"
    what = f"voiceflow[{package.extra}]" if package.extra and not package.found else package.requirement
    return Finding("packages", name, "missing", detail, use, f"{_pip()} {shlex.quote(what)}", demo)


def _rnnoise() -> Finding:
    """No extra asks for it: of this package only the library is wanted, and none of what it depends on."""
    found, use = version("pyrnnoise"), "denoise by RNNoise"
    if found:
        return Finding("packages", "pyrnnoise", "ok", found, use)
    return Finding("packages", "pyrnnoise", "missing", "not installed", use, f"{_pip()} --no-deps pyrnnoise")


def _pip() -> str:
    """The beginning of an install into this very environment."""
    return f"{_python()} -m pip install" if find_spec("pip") else f"uv pip install --python {_python()}"


def _python() -> str:
    here = Path(sys.executable)
    return shlex.quote(str(here.relative_to(Path.cwd()) if here.is_relative_to(Path.cwd()) else here))


def _models() -> Iterator[Finding]:
    for model in status():
        use, demo = _MODEL_USES.get(model.name, "the demo"), model.name in _DEMO_MODELS
        if model.path is None:
            yield Finding("models", model.name, "missing", f"{model.size / 1e6:.1f} MB", use, _here(model.mend), demo)
        else:
            yield Finding("models", model.name, "ok", f"{model.place}: {model.path}", use, demo=demo)


def _here(command: str) -> str:
    """A command of the catalogue, for this environment."""
    if command.startswith("pip install"):
        return command.replace("pip install", _pip(), 1)
    return command if shutil.which("voiceflow") else f"{_python()} -m {command}"


def _libraries() -> Iterator[Finding]:
    yield from (_library(library) for library in _LIBRARIES)
    carried = find_spec("_soundfile_data")  # the wheel of soundfile carries libsndfile on most machines
    roots = carried.submodule_search_locations if carried else None
    if roots and any(Path(roots[0]).glob("libsndfile*")):
        yield Finding("libraries", "libsndfile", "ok", "carried by the package soundfile", _SNDFILE.use, demo=True)
    else:
        yield attrs.evolve(_library(_SNDFILE), demo=True)


def _library(library: _Library) -> Finding:
    lacking = [file for file in library.files if not _loads(file)]
    if not lacking:
        return Finding("libraries", library.name, "ok", ", ".join(library.files), library.use)
    return Finding("libraries", library.name, "missing", ", ".join(lacking), library.use, apt(library.debian))


def _loads(file: str) -> bool:
    try:
        ctypes.CDLL(file)
    except OSError:
        return False
    return True


def _voice(found: list[Finding]) -> Finding:
    """The demo speaks with the first of the voices that is there."""
    there = {finding.name for finding in found if finding.state == "ok"}
    voices = [name for part, name in _VOICES.items() if part in there]
    if voices:
        return Finding("devices", "a voice", "ok", " and ".join(voices), "the demo", demo=True)
    detail, mend = f"none of {', '.join(_VOICES.values())}", f"{_pip()} 'voiceflow[embedded]'"
    return Finding("devices", "a voice", "missing", detail, "the demo", mend, demo=True)


def _cache(found: list[Finding]) -> Iterator[Finding]:
    folder = cache_folder("silero-vad").parents[1]
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    use = "fetching models"
    if not _writable(there):
        wanted = any(finding.demo and finding.state == "missing" for finding in found if finding.group == "models")
        mend = "export XDG_CACHE_HOME=FOLDER (one that can be written)"
        yield Finding("settings", "cache", "missing", f"{there} cannot be written", use, mend, demo=wanted)
    else:
        free = shutil.disk_usage(there).free / 1e9
        yield Finding("settings", "cache", "ok", f"{folder}, {free:.1f} GB free", use)


def _writable(folder: Path) -> bool:
    try:
        with TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _settings() -> Iterator[Finding]:
    roots = os.environ.get("VOICEFLOW_MODELS")
    yield Finding("settings", "VOICEFLOW_MODELS", "note", roots or "not set", "folders with models")
    key = "set" if os.environ.get("OPENAI_API_KEY", "").strip() else "not set"
    yield Finding("settings", "OPENAI_API_KEY", "note", key, "servers that want a key; the demo wants none")
