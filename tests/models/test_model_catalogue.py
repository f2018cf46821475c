"""The table of models is consistent, and the docs say the same."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

from voiceflow.models import CATALOGUE, Carrier, Download, File, Model, Wheel

DOCS = Path(__file__).parents[2] / "docs" / "models.md"
BY_NAME = {model.name: model for model in CATALOGUE}
ANY_SUM = "0" * 64


def test_the_models_that_the_nodes_need_are_there() -> None:
    """One name each."""
    assert sorted(BY_NAME) == [
        "espeak-ng-data",
        "hibari-heart",
        "minilm-l6",
        "pocketsphinx-en-us",
        "silero-vad",
        "smart-turn-v3",
        "smollm2-135m-instruct",
        "whisper-base",
    ]
    assert len(CATALOGUE) == len(BY_NAME)


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.name)
def test_pieces_make_up_their_files(model: Model) -> None:
    """Sizes add up; a file of one piece has the piece's sum; a licence text is kept of all that is fetched."""
    for file in model.files + model.licence_files:
        assert not file.pieces or sum(piece.size for piece in file.pieces) == file.size
        assert len(file.pieces) != 1 or file.pieces[0].sha256 == file.sha256
    assert model.fetchable == bool(model.licence_files)
    assert model.fetchable != bool(model.install)


@pytest.mark.parametrize("model", CATALOGUE, ids=lambda model: model.name)
def test_docs_have_a_row_for_each_model(model: Model) -> None:
    """Name, kind, size, licence, and every wheel with its version."""
    row = next(line for line in DOCS.read_text().splitlines() if line.startswith(f"| `{model.name}` |"))
    pieces = [piece for file in model.files for piece in file.pieces]
    wheels = {str(piece.source) for piece in pieces}
    for word in (model.kind, f"{model.size / 1e6:.1f} MB", model.licence, *wheels):
        assert word in row


def test_no_wheel_is_tied_to_an_index() -> None:
    """Which index is asked is pip's setting alone."""
    sources = [piece.source for model in CATALOGUE for file in model.files for piece in file.pieces]
    assert {type(source) for source in sources} == {Wheel}
    assert not any(re.search("https?://", repr(source)) for source in sources)


@pytest.mark.parametrize("name", ["/absolute", "../above", "a/../../b", ""])
def test_names_stay_below_the_models_folder(name: str) -> None:
    """A path that leads out is refused when the value is made."""
    with pytest.raises(ValueError, match="a path below the model's folder"):
        File(name, 1, ANY_SUM)
    with pytest.raises(ValueError, match="a path below the model's folder"):
        Carrier("dist", name)
    with pytest.raises(ValueError, match="a path below the model's folder"):
        attrs.evolve(CATALOGUE[0], name=name)


@pytest.mark.parametrize("digest", ["", "0" * 63, "G" * 64, ANY_SUM.replace("0", "A")])
def test_a_sum_is_64_hexadecimal_digits(digest: str) -> None:
    """A mistyped sum is refused when the value is made, not after the download."""
    with pytest.raises(ValueError, match="64 lower-case hexadecimal digits"):
        File("a", 1, digest)


def test_sources_are_named_shortly() -> None:
    """As pip names a wheel, and as an address."""
    assert str(Wheel("a-b", "1.2", 3)) == "a-b 1.2"
    assert str(Download("http://host/a")) == "http://host/a"
