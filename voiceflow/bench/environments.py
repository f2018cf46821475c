"""The virtual environments in which the other frameworks are installed, each made once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from voiceflow.bench.measurement import PACKAGES
from voiceflow.bench.process import complaint
from voiceflow.errors import VoiceflowError

_HAS = """
import sys
from importlib.metadata import version
sys.exit(any(version(name) != wanted for name, _, wanted in (word.partition("==") for word in sys.argv[1:])))
"""


def environments(at: Path, known: Mapping[str, str], tell: Callable[[str], object]) -> dict[str, str]:
    """The interpreters of the other frameworks: those that are known, and a virtual environment for each other.

    Raises:
        VoiceflowError: one cannot be made.
    """
    found = dict(known)
    for name, packages in PACKAGES.items():
        if name not in found:
            found[name] = _environment(at / name, packages, tell)
    return found


def _environment(at: Path, packages: Sequence[str], tell: Callable[[str], object]) -> str:
    python = str(at / "bin" / "python")
    if not _has(python, packages):
        tell(f"making {at} with {' '.join(packages)} ...")
        _do([sys.executable, "-m", "venv", str(at)])
        _do([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages])
    return python


def _has(python: str, packages: Sequence[str]) -> bool:
    """Whether an installation ended there; `pip` installs what was asked for after all that it needs."""
    if not Path(python).is_file():
        return False
    asked = subprocess.run([python, "-c", _HAS, *packages], capture_output=True, text=True, check=False)
    return asked.returncode == 0


def _do(command: Sequence[str]) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise VoiceflowError(f"`{' '.join(command)}` failed: {complaint(ended)}")
