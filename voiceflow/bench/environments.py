"""The virtual environments in which the other frameworks are installed, each made once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from voiceflow.bench.measurement import PACKAGES
from voiceflow.bench.process import complaint
from voiceflow.errors import VoiceflowError


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
    python, whole = at / "bin" / "python", at / "whole"
    if not whole.exists():
        tell(f"making {at} with {' '.join(packages)} ...")
        _do([sys.executable, "-m", "venv", "--clear", str(at)])
        _do([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages])
        whole.touch()
    return str(python)


def _do(command: Sequence[str]) -> None:
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise VoiceflowError(f"`{' '.join(command)}` failed: {complaint(ended)}")
