"""Texts as points in a space where those of like meaning lie near each other."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final, Protocol

import attrs
import numpy as np
from numpy.typing import NDArray

from voiceflow.errors import ProviderError
from voiceflow.machines.wordpiece import WordPiece
from voiceflow.models import locate
from voiceflow.onnx import Network, network

Vector = NDArray[np.float32]


class Embedding(Protocol):
    """Gives the vector of a text, of length 1: the nearer two texts, the nearer their product is to 1."""

    @property
    def name(self) -> str:
        """Which it is: vectors of one tell nothing to another. A store keeps it."""
        ...

    def __call__(self, text: str) -> Vector: ...


_PIECES: Final = 128
"""Of a text that are read: as many as the network was trained on, about 90 English words."""


@attrs.frozen
class MiniLM:
    """all-MiniLM-L6-v2 through onnxruntime: English, 384 numbers, the beginning of a text up to about 90 words.

    `model` is the folder with the model's files; left out, the one that `voiceflow.models.locate` finds.

    Raises:
        MissingModel: when it is used first: there is no such model here.
        ProviderError: when it is used first: onnxruntime is missing, or the model's files are none.
    """

    model: str | None = None

    @property
    def name(self) -> str:
        return "minilm-l6"

    def __call__(self, text: str) -> Vector:
        reader, minilm = _loaded(str(locate(self.name, self.model)))
        pieces = np.array([reader(text)], np.int64)
        feed = {"input_ids": pieces, "attention_mask": np.ones_like(pieces), "token_type_ids": np.zeros_like(pieces)}
        mean: Vector = minilm.run(None, feed)[0][0].mean(axis=0)
        return mean / np.float32(np.linalg.norm(mean))


@cache
def _loaded(folder: str) -> tuple[WordPiece, Network]:
    inputs = ("input_ids", "attention_mask", "token_type_ids")
    minilm = network(str(Path(folder) / "model.onnx"), inputs, "MiniLM", "minilm-l6")
    words = Path(folder) / "tokenizer.json"
    try:
        vocabulary: dict[str, int] = json.loads(words.read_text(encoding="utf-8"))["model"]["vocab"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProviderError(
            f"MiniLM: {words} has no vocabulary; get it again: voiceflow models fetch minilm-l6", retryable=False
        ) from error
    return WordPiece(vocabulary, _PIECES), minilm
