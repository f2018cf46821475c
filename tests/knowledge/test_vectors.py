"""A store that finds by meaning, too: with a made-up meaning here, and once with the real one."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import attrs
import numpy as np
import pytest
from parts import Part

from voiceflow import ProviderError
from voiceflow.cli import main
from voiceflow.knowledge import MiniLM, Store, StoreError
from voiceflow.knowledge.embedding import Vector
from voiceflow.knowledge.vectors import NEAR
from voiceflow.models import MissingModel, locate


def _there() -> bool:
    try:
        locate("minilm-l6")
    except MissingModel:
        return False
    return True


minilm = Part("minilm-l6", _there, "voiceflow models fetch minilm-l6").mark

MEANINGS = (("car", "parking", "garage"), ("price", "cost", "euros"), ("open", "hours", "noon"))


@attrs.frozen
class Meanings:
    """Words of one row mean the same; a text with none of them means something of its own."""

    name: str = "made up"

    def __call__(self, text: str) -> Vector:
        words = set(text.lower().replace(".", " ").replace("?", " ").split())
        counts = np.zeros(64, np.float32)
        counts[:3] = [len(words.intersection(each)) for each in MEANINGS]
        counts[3 + sum(map(ord, text)) % 61] += not counts.any()
        return counts / np.float32(np.linalg.norm(counts))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "house.md").write_text("# Arriving\n\nThe garage is behind the house.\n\n# Opening\n\nFrom noon.")
    (folder / "menu.md").write_text("# Pizza\n\nTen euros.")
    return folder


@pytest.fixture
def store(tmp_path: Path, folder: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.db", create=True, embedding=Meanings()) as store:
        store.add(folder)
        yield store


def found(store: Store, question: str) -> list[str]:
    return [hit.passage.title for hit in store.search(question)]


def test_what_means_the_same_is_found_without_a_shared_word(store: Store) -> None:
    """And what is near to nothing is not, however few passages there are."""
    assert found(store, "A place for my car?") == ["Arriving"]
    assert found(store, "what does it cost") == ["Pizza"]
    assert found(store, "Zebra") == found(store, "??") == []


def test_words_and_meaning_count_the_same(store: Store) -> None:
    """What is first by both stands before what is first by one."""
    first, second = store.search("Price of pizza, does parking cost?")
    assert (first.passage.title, first.score) == ("Pizza", 1 / 61 + 1 / 61)
    assert (second.passage.title, second.score) == ("Arriving", 1 / 62)


def test_vectors_come_and_go_with_their_documents(store: Store, folder: Path) -> None:
    """Also for who has searched before."""
    assert found(store, "car") == ["Arriving"]
    (folder / "house.md").write_text("# Opening\n\nFrom noon.")
    (folder / "bus.md").write_text("# Bus\n\nThere is no parking at the stop.")
    store.add(folder)
    assert found(store, "car") == ["Bus"]
    (folder / "bus.md").unlink()
    store.add(folder)
    assert found(store, "car") == []
    with closing(sqlite3.connect(store.path)) as inside:
        assert inside.execute("SELECT passage FROM vectors ORDER BY passage").fetchall() == (
            inside.execute("SELECT id FROM passages ORDER BY id").fetchall()
        )


def test_what_another_has_written_is_found(store: Store, folder: Path) -> None:
    """A call searches while somebody adds."""
    assert found(store, "car") == ["Arriving"]
    with Store.open(store.path, embedding=Meanings()) as other:
        (folder / "house.md").unlink()
        other.add(folder)
    assert found(store, "car") == []


def test_a_store_is_of_one_embedding(store: Store, tmp_path: Path) -> None:
    """Vectors of another tell it nothing; one without stays without."""
    for embedding, told in ((None, "which its embedding must be given for"), (MiniLM(), "to be used with minilm-l6")):
        with pytest.raises(StoreError, match=f"store.db has vectors of made up, {told}; make another store"):
            Store.open(store.path, embedding=embedding)
    with Store.open(tmp_path / "words.db", create=True):
        pass
    with pytest.raises(StoreError, match="has no vectors, to be used with made up"):
        Store.open(tmp_path / "words.db", embedding=Meanings())


def test_without_its_model_a_store_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is written."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "a.txt").write_text("Something.")
    with Store.open(tmp_path / "s.db", create=True, embedding=MiniLM()) as store:
        with pytest.raises(MissingModel, match="voiceflow models fetch minilm-l6"):
            store.add(tmp_path / "a.txt")
        assert len(store) == 0


def test_a_model_that_is_none_is_told(tmp_path: Path) -> None:
    """With how to get it again."""
    (tmp_path / "model.onnx").write_bytes(b"no network")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ProviderError, match="get it again: voiceflow models fetch minilm-l6"):
        MiniLM(str(tmp_path))("Hello")


@pytest.mark.slow
@minilm
def test_minilm_knows_what_means_the_same(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the command, and as the node's model: a question that shares no word with its answer."""
    assert main(["knowledge", "add", "--vectors", str(tmp_path / "help.db"), str(folder)]) == 0
    assert main(["knowledge", "search", str(tmp_path / "help.db"), "Where can I leave my car?"]) == 0
    assert capsys.readouterr().out.startswith("1. Arriving")
    vector = MiniLM()
    near = vector("When do you close?") @ vector("Opening hours: from noon to ten.")
    far = vector("When do you close?") @ vector("The dough has gluten.")
    assert near > NEAR > far
    assert vector("x" * 9999 + " y" * 9999).shape == (384,)


@pytest.mark.slow
@minilm
def test_a_vocabulary_that_is_none_is_told(tmp_path: Path) -> None:
    """The network alone is no model."""
    shutil.copy(locate("minilm-l6") / "model.onnx", tmp_path)
    (tmp_path / "tokenizer.json").write_text("[]")
    with pytest.raises(ProviderError, match=r"tokenizer\.json has no vocabulary"):
        MiniLM(str(tmp_path))("Hello")
