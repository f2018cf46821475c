from __future__ import annotations

import inspect
import json
import os
import pty
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdf_page import pdf

from voiceflow.cli import main
from voiceflow.knowledge import Step, Store, StoreError, UnreadableDocument
from voiceflow.knowledge.documents import read
from voiceflow.knowledge.embedding import Vector

ROOT = Path(__file__).resolve().parent.parent.parent

PAGE = b"""<html><head><title>t</title><style>p {}</style></head><body><nav>Home</nav>
<h1>Delivery</h1><p>We deliver within <b>three</b> days.</p><script>x()</script></body></html>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    (folder / "sub").mkdir(parents=True)
    (folder / "menu.md").write_text(
        "# Prices\n\n## Pizza Margherita\n\nTen euros.\n\n# Opening hours\n\nFrom noon to ten."
    )
    (folder / "sub" / "about.txt").write_text("The café is in Łódź, run by Zoë. You can pay by card or in cash.")
    (folder / "delivery.HTML").write_bytes(PAGE)
    (folder / "terms.pdf").write_bytes(pdf("Refunds take fourteen days."))
    (folder / "zh.md").write_text("营业时间是上午九点到下午五点。\n\n" + "披萨十欧元。" * 200, encoding="utf-8")
    (folder / ".hidden.md").write_text("secret plans")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store.db", create=True) as store:
        yield store


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How much is a pizza?", "Ten euros."),
        ("When are you open? What are your hours?", "From noon to ten."),
        ("can i pay with my cards", "pay by card"),
        ("Where is the cafe? In Lodz? In ŁÓDŹ?", "Zoë"),
        ("deliver", "We deliver within **three** days."),
        ("refund", "Refunds take fourteen days."),
        ("营业时间?", "营业时间是上午九点"),
    ],
)
def test_a_question_finds_its_passage(store: Store, folder: Path, question: str, answer: str) -> None:
    """Whatever the kind of the document, however its words are inflected, accented or written without spaces."""
    store.add(folder)
    assert answer in store.search(question)[0].passage.text


def test_what_is_not_for_reading_is_not_found(store: Store, folder: Path) -> None:
    store.add(folder)
    assert store.search("secret") == store.search("Home") == store.search("zebra") == store.search("?! **") == []


def test_added_again_only_what_changed_is_read(store: Store, folder: Path) -> None:
    first = store.add(folder)
    assert len(store) == first > 5
    assert store.add(folder) == 0
    (folder / "menu.md").write_text("# Prices\n\nPizza is eleven euros.")
    (folder / "sub" / "about.txt").unlink()
    assert store.add(folder) == 1
    assert len(store) == first - 2
    assert store.search("margherita") == store.search("cash") == []
    assert "eleven" in store.search("pizza price")[0].passage.text


def test_what_came_from_elsewhere_stays(store: Store, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("Parking is free.")
    store.add(folder)
    assert store.add(other) == 1
    store.add(folder)
    assert store.search("parking")


def test_a_document_that_cannot_be_read_is_told_and_left_out(store: Store, folder: Path) -> None:
    (folder / "broken.pdf").write_bytes(b"no PDF")
    steps: list[Step] = []
    store.add(folder, report=steps.append)
    errors = [step.error for step in steps if step.error]
    assert len(errors) == 1
    assert errors[0].startswith(f"{folder / 'broken.pdf'} is no PDF that can be read")
    assert [step.done for step in steps] == list(range(1, 7))
    assert store.search("refunds")


def test_there_must_be_something_to_add(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UnreadableDocument, match="neither a folder nor a file"):
        store.add(tmp_path / "nowhere")
    (tmp_path / "x.docx").write_bytes(b"")
    steps: list[Step] = []
    store.add(tmp_path / "x.docx", report=steps.append)
    assert "expected a name that ends in .txt, .md" in steps[0].error


def test_a_store_is_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no store at .*none\.db: make one with voiceflow knowledge add"):
        Store.open(tmp_path / "none.db")
    (tmp_path / "text.db").write_text("no database at all, but long enough to be looked at" * 30)
    with pytest.raises(StoreError, match=r"text\.db: file is not a database"):
        Store.open(tmp_path / "text.db")
    with sqlite3.connect(tmp_path / "later.db") as later:
        later.execute("PRAGMA user_version = 99")
        later.execute("CREATE TABLE t (x)")
    later.close()
    with pytest.raises(StoreError, match="no store of version 1"):
        Store.open(tmp_path / "later.db", create=True)


def test_what_is_no_store_is_told_with_the_way_out(tmp_path: Path) -> None:
    """What was expected, what there is, what to do; and nothing is changed in it."""
    text, folder, nowhere, damaged = (tmp_path / name for name in ("text.db", "menu", "none/x.db", "damaged.db"))
    text.write_text("no database at all, but long enough to be looked at" * 30)
    folder.mkdir()
    with Store.open(damaged, create=True):
        pass
    damaged.write_bytes(damaged.read_bytes()[:9000])
    told = {
        text: "file is not a database; expected a store that .* made, got a file of 1,530 bytes. Give the store before",
        folder: "expected a file in a folder that is there, got a folder. Give the store before the folder",
        nowhere: "expected a file in a folder that is there, got none. .* make the folder that it is to be in",
        damaged: "expected a whole store, got a file of 9,000 bytes .* add the documents again",
    }
    for path, words in told.items():
        with pytest.raises(StoreError, match=f"^{re.escape(str(path))}: .*{words}"):
            Store.open(path, create=True)
    assert text.read_text().startswith("no database")


def test_somebody_elses_database_stays_as_it_was(tmp_path: Path) -> None:
    """To the byte, and with no file beside it."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE t (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="or another name for a new one"):
        Store.open(path, create=True)
    assert path.read_bytes() == before
    assert [*tmp_path.iterdir()] == [path]


@given(question=st.text())
def test_any_question_may_be_asked(question: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.db"
    with Store.open(path, create=True) as store:
        if not len(store):
            note = tmp_path_factory.getbasetemp() / "any.txt"
            note.write_text("a b NEAR the AND or not")
            store.add(note)
        assert len(store.search(question)) <= 1


def test_the_command_adds_and_searches(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = str(tmp_path / "s.db")
    assert main(["knowledge", "add", store, str(folder)]) == 0
    assert "passages written" in capsys.readouterr().err
    assert main(["knowledge", "search", store, "how much is a pizza", "-n", "1"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("1. Prices > Pizza Margherita  (")
    assert "Ten euros." in out
    assert err == ""
    assert main(["knowledge", "search", store, "zebra"]) == 1
    assert capsys.readouterr() == ("", "nothing fits\n")
    (folder / "broken.pdf").write_bytes(b"no PDF")
    assert main(["knowledge", "add", store, str(folder)]) == 1
    assert "left out:" in capsys.readouterr().err


def test_whoever_adds_at_a_terminal_sees_how_far_it_is(folder: Path, tmp_path: Path) -> None:
    """A bar, which is gone when all is read."""
    master, terminal = pty.openpty()
    command = [sys.executable, "-m", "voiceflow", "knowledge", "add", str(tmp_path / "s.db"), str(folder)]
    with subprocess.Popen(command, stderr=terminal, env={**os.environ, "TERM": "xterm", "COLUMNS": "100"}) as process:
        os.close(terminal)
        seen = b""
        with suppress(OSError):  # Linux says so when nobody holds the other end any more
            while piece := os.read(master, 4096):
                seen += piece
    os.close(master)
    assert process.returncode == 0
    assert b"100%" in seen
    assert b"zh.md" in seen
    assert b"\x1b[2K" in seen  # the line is cleared
    assert re.search(rb"\d+ passages written", seen)


class Flat:
    """All passages mean the same, and all questions something else."""

    name = "flat"

    def __call__(self, text: str) -> Vector:
        return np.array([1, 0] if "\n" in text else [0, 1], np.float32)


ADD = f"""
import sys
import numpy as np
from voiceflow.knowledge.embedding import Vector
from voiceflow.knowledge.store import Store
{inspect.getsource(Flat)}
Store.open(sys.argv[1], create=True, embedding=Flat()).add(sys.argv[2])
"""


@pytest.mark.slow
def test_killed_at_any_moment_it_opens_and_goes_on(tmp_path: Path) -> None:
    """A hundred times in one ingestion; each document is there whole or not at all."""
    folder, path = tmp_path / "documents", tmp_path / "store.db"
    folder.mkdir()
    for i in range(600):
        (folder / f"{i:03}.md").write_text("\n\n".join(f"# T{j}\n\ndocument{i} " + "word " * 60 for j in range(4)))
    moments = random.Random(7)
    counts: list[int] = []
    for _ in range(100):
        process = subprocess.Popen([sys.executable, "-c", ADD, str(path), str(folder)])
        while not path.is_file() and process.poll() is None:
            time.sleep(0.001)
        time.sleep(moments.uniform(0, 0.03) if counts else 0.2)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with Store.open(path, create=True, embedding=Flat()) as store:
            counts.append(len(store))
        with closing(sqlite3.connect(path)) as inside:
            whole = inside.execute("SELECT count(*) FROM passages GROUP BY document").fetchall()
            assert set(whole) <= {(4,)}
            assert inside.execute("SELECT count(*) FROM vectors").fetchall() == [(counts[-1],)]
            inside.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    assert counts == sorted(counts)
    with Store.open(path, embedding=Flat()) as store:
        store.add(folder)
        assert len(store) == 2400
        assert all(len(store.search(f"document{i}", 9)) == 4 for i in (0, 299, 599))


@pytest.mark.slow
def test_most_questions_are_answered_by_the_documents() -> None:
    """The benchmark, with a hundredth of its passages."""
    command = [sys.executable, str(ROOT / "benchmarks" / "knowledge.py"), "--passages", "100"]
    figures = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert figures["questions"] == 30
    assert figures["recall_at_3"] >= 0.8


def test_a_document_that_wants_what_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that brings it."""
    monkeypatch.setitem(sys.modules, "pypdf", cast(Any, None))
    with pytest.raises(UnreadableDocument, match=r"a\.pdf wants pypdf, .* pip install 'voiceflow\[knowledge\]'"):
        read(tmp_path / "a.pdf")


def test_a_word_of_a_title_counts_for_more(store: Store, tmp_path: Path) -> None:
    """Than one of a text that is as long; and what English asks by counts for nothing."""
    (tmp_path / "both.md").write_text(
        "# Dogs\n\nCats are what we have.\n\n# Cats\n\nDogs are what we do." + "\n\n# Other\n\nWords." * 9
    )
    store.add(tmp_path / "both.md")
    assert [store.search(f"How do you do, {each}?")[0].passage.title for each in ("dogs", "cats")] == ["Dogs", "Cats"]
