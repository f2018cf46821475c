"""ONNX networks by onnxruntime, which is loaded when the first of them is."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from voiceflow.errors import ProviderError


class Network(Protocol):
    """A network that was loaded. It holds no state of a call and may be run from any thread."""

    def run(self, names: Sequence[str] | None, feed: Mapping[str, object]) -> list[NDArray[np.float32]]: ...


@cache
def network(path: str, inputs: tuple[str, ...], title: str, model: str, inner: tuple[str, ...] = ()) -> Network:
    """The network at `path`, loaded once for all calls, on one thread.

    `inner` names tensors inside it that are to be outputs, too.

    Raises:
        ProviderError: onnxruntime is missing, or the file is no network that takes `inputs`; the message names
            `title` and how to get `model` again.
    """
    # Newer releases keep a store of telemetry from their import on, and send it: nobody asked for that.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        ort = import_module("onnxruntime")
    except ImportError as error:
        raise ProviderError(f"{title} needs onnxruntime: pip install onnxruntime", retryable=False) from error
    options = ort.SessionOptions()
    # The core beside it is the other calls'; a second thread would spin between the layers.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    failures = import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    wrong = (failures.InvalidProtobuf, failures.InvalidGraph, failures.Fail, failures.NoSuchFile)
    try:
        source = Path(path).read_bytes() + _outputs(inner) if inner else path
        session = ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except wrong as error:
        raise ProviderError(
            f"{title}: {path} is not a network that onnxruntime can load ({type(error).__name__}); "
            f"get it again: voiceflow models fetch {model}",
            retryable=False,
        ) from error
    found = [each.name for each in session.get_inputs()]
    if sorted(found) != sorted(inputs):
        raise ProviderError(
            f"{title}: {path} has the inputs {', '.join(found)}, not {', '.join(inputs)}; "
            f"get the right one: voiceflow models fetch {model}",
            retryable=False,
        )
    return cast(Network, session)


def _outputs(names: tuple[str, ...]) -> bytes:
    """What makes these tensors outputs when it stands behind a network's file.

    Protobuf joins messages that follow each other, lists by appending: this is a ModelProto with nothing but a graph
    (its field 7) with nothing but outputs (field 12), ValueInfoProtos with nothing but a name (field 1).
    """
    return b"".join(_field(7, _field(12, _field(1, name.encode()))) for name in names)


def _field(number: int, content: bytes) -> bytes:
    if len(content) > 127:
        raise ValueError(f"the name of a tensor has at most 121 bytes; got {len(content)}")
    return bytes((number << 3 | 2, len(content))) + content
