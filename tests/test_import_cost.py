"""What `import voiceflow` costs: little more than Trio and NumPy, and nothing heavy before it is used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

NODES = sorted(path.stem for path in (Path(__file__).parent.parent / "nodes").glob("[a-z]*.py"))
HEAVY = (
    *("faster_whisper", "httpx", "onnxruntime", "pocketsphinx", "pyrnnoise", "samplerate"),
    *("sounddevice", "soundfile", "trio_websocket", "webrtc_noise_gain", "xllamacpp"),
)
# `import voiceflow` alone loads nothing: names are loaded when they are first asked for.
TO_WRITE_A_NODE = ("Audio", "Events", "Executor", "In", "Node", "Out", "Ports", "ProviderError", "Spoken", "StageNode")
_TIMED = "import time; start = time.process_time(); {}; print(time.process_time() - start)"


def _python(program: str) -> str:
    """What a fresh interpreter prints, with what it compiles kept for the next one.

    NumPy's idle threads spin for a while, and that counts as processor time of what is behind its import: none here.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
    kept["OPENBLAS_NUM_THREADS"] = "1"
    done = subprocess.run([sys.executable, "-I", "-c", program], env=kept, capture_output=True, text=True, check=True)
    return done.stdout


def _loaded(statement: str) -> list[str]:
    printed = _python(f"import sys; {statement}; print(*sys.modules)")
    return sorted({name.partition(".")[0] for name in printed.split()} & set(HEAVY))


def test_import_loads_nothing_heavy() -> None:
    """Neither the package nor what it brings with it touches a library that only some nodes need."""
    assert _loaded("import voiceflow") == []
    assert _loaded("from voiceflow import *") == []


def test_a_name_that_is_loaded_would_be_seen() -> None:
    """The look at the loaded modules is a look at something."""
    assert _loaded("import httpx") == ["httpx"]


def test_importing_every_node_loads_nothing_heavy() -> None:
    """A node's library is loaded when the node is used, so that a program may name nodes that it does not run."""
    assert NODES
    assert _loaded("import " + ", ".join(f"voiceflow.nodes.{name}" for name in NODES)) == []


@pytest.mark.slow
@pytest.mark.alone
def test_import_costs_at_most_half_more_than_trio_and_numpy() -> None:
    """What a node needs; processor time, the least of several processes in turns: a busy machine only ever adds."""
    base, ours = "import trio, numpy", f"from voiceflow import {', '.join(TO_WRITE_A_NODE)}"
    least: dict[str, float] = {}
    for turn in range(26):
        for statement in (base, ours):
            took = float(_python(_TIMED.format(statement)))
            if turn:  # the first compiles
                least[statement] = min(took, least.get(statement, took))
        if turn >= 5 and least[ours] <= 1.5 * least[base]:
            break
    ratio = least[ours] / least[base]
    print(f"{ours}: {least[ours]:.3f} s, import trio, numpy: {least[base]:.3f} s, ratio {ratio:.2f}")
    assert ratio <= 1.5
