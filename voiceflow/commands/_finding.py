"""One thing that was looked for on this machine, and the command that brings it."""

from __future__ import annotations

import os
import shutil
from typing import Literal

import attrs

State = Literal["ok", "missing", "note"]


@attrs.frozen
class Finding:
    """One thing that was looked for: is it there, what is it for, and the command that mends it when it is not.

    `demo` says that `voiceflow demo` cannot run without it. A "note" is neither there nor missing.
    """

    group: str
    name: str
    state: State
    detail: str
    use: str = ""
    mend: str = ""
    demo: bool = False


def apt(*packages: str) -> str:
    """The command that installs Debian packages, for whoever runs this."""
    names = " ".join(packages)
    if shutil.which("apt-get") is None:
        return f"install {names} (so called in Debian) with this system's package manager"
    return f"{'' if os.geteuid() == 0 else 'sudo '}apt-get install {names}"
