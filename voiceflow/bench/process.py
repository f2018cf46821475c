"""What this process costs: CPU seconds, memory, and the pauses of its garbage collector."""

from __future__ import annotations

import gc
import os
import resource
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import attrs


@attrs.frozen
class Usage:
    """CPU seconds so far: of this process, all threads, and of worker processes that have ended."""

    own: float
    workers: float

    @classmethod
    def now(cls) -> Usage:
        return cls(*(_cpu(resource.getrusage(who)) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def _cpu(usage: resource.struct_rusage) -> float:
    return usage.ru_utime + usage.ru_stime


def memory() -> float:
    """Bytes that are resident now; at most so far, where the system does not tell."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return float(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) * (1 if sys.platform == "darwin" else 1024)


@attrs.define(eq=False)
class GcPauses:
    """The seconds that each collection stopped everything for."""

    seconds: list[float] = attrs.Factory(list[float])
    _began: float = attrs.field(default=0.0, init=False)

    @contextmanager
    def watching(self) -> Generator[None, None, None]:
        """Note the collections in here."""
        gc.callbacks.append(self._tell)
        try:
            yield
        finally:
            gc.callbacks.remove(self._tell)

    def _tell(self, phase: str, info: Mapping[str, int]) -> None:
        now = time.perf_counter()
        if phase == "start":
            self._began = now
        else:
            self.seconds.append(now - self._began)


def complaint(ended: subprocess.CompletedProcess[str]) -> str:
    """The last line that a process wrote to stderr; where it wrote none, its status."""
    return (ended.stderr.strip().splitlines() or [f"status {ended.returncode}"])[-1]


def made_with() -> dict[str, str]:
    """What a figure is worth nothing without: versions, machine, and when."""
    from importlib import metadata

    system = os.uname()
    return {
        "date": time.strftime("%Y-%m-%d %H:%M %z"),
        "voiceflow": metadata.version("voiceflow"),
        "trio": metadata.version("trio"),
        "python": ".".join(map(str, sys.version_info[:3])),
        "system": f"{system.sysname} {system.release} {system.machine}",
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "load before": " ".join(f"{load:.2f}" for load in os.getloadavg()),
    }
