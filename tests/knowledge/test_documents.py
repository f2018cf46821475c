"""Files of each kind, whole and damaged."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pdf_page import pdf

from voiceflow.knowledge import Store, UnreadableDocument
from voiceflow.knowledge.documents import read

PDF = pdf("Refunds take fourteen days.")
PIECES = [
    b"0 R",
    b"<<",
    b">>",
    b"[",
    b"(",
    b"/Kids",
    b"/Type",
    b"99999",
    b"-1",
    b"1 0 R",
    b"2 0 R",
    b"3 0 R",
    b"stream",
]
TAGS = ["p", "div", "b", "li", "ul", "ol", "table", "tr", "td", "th", "h1", "h2", "dl", "dt", "dd", "pre", "blockquote"]

others = st.sampled_from(PIECES) | st.binary(max_size=4)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("documents")


@given(cuts=st.lists(st.tuples(st.integers(0, len(PDF)), st.integers(0, 12), others)))
@example(cuts=[(PDF.index(b"3 0 R"), 5, b"2 0 R")])
@example(cuts=[(PDF.index(b"/Count 1") + 7, 1, b"/x")])
def test_a_damaged_pdf_has_a_text_or_is_told(place: Path, cuts: list[tuple[int, int, bytes]]) -> None:
    """Whatever stands in it: the other documents of the folder are wanted all the same."""
    damaged = PDF
    for at, size, piece in cuts:
        damaged = damaged[:at] + piece + damaged[at + size :]
    (place / "a.pdf").write_bytes(damaged)
    with suppress(UnreadableDocument):
        assert isinstance(read(place / "a.pdf"), str)


@given(st.lists(st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS] + ["one ", "two "])))
def test_no_word_of_a_page_is_lost_whatever_is_not_ended(place: Path, pieces: list[str]) -> None:
    """Each once, and in their order."""
    (place / "a.html").write_text("".join(pieces))
    assert re.findall("one|two", read(place / "a.html")) == [each.strip() for each in pieces if each[0] in "ot"]


def test_elements_end_where_the_next_begins(place: Path) -> None:
    """As in any page whose writer left out what may be left out."""
    (place / "a.html").write_text(
        "<h1>Prices</h1><p>Cheap.<p>Very.<h2>Pizza</h2><ul><li>Salami<li>Tuna</ul>"
        "<table><tr><th>Size<th>Euro<tr><td>large<td>ten</table>"
    )
    assert read(place / "a.html").split("\n\n") == [
        "# Prices",
        "Cheap.",
        "Very.",
        "## Pizza",
        "* Salami\n* Tuna",
        "| Size | Euro |\n| --- | --- |\n| large | ten |",
    ]


@pytest.mark.parametrize("tag", ["p", "li", "div", "b", "table"])
def test_a_long_page_without_ends_is_read(place: Path, tag: str) -> None:
    """Two thousand of them, one within the other where HTML has it so."""
    (place / "a.html").write_text("".join(f"<{tag}>word{n} " for n in range(2000)))
    assert re.findall(r"word\d+", read(place / "a.html")) == [f"word{n}" for n in range(2000)]


def test_a_folder_with_one_damaged_file_is_read(place: Path, tmp_path: Path) -> None:
    """It is left out, with its name, and nothing else is."""
    (tmp_path / "a.pdf").write_bytes(PDF.replace(b"/Kids [3 0 R]", b"/Kids 3 0 R"))
    (tmp_path / "b.pdf").write_bytes(PDF)
    (tmp_path / "c.txt").write_bytes(bytes(range(256)))
    errors: list[str] = []
    with Store.open(tmp_path / "s.db", create=True) as store:
        store.add(tmp_path, report=lambda step: errors.append(step.error) if step.error else None)
        assert store.search("refunds")
    assert [error for error in errors if not error.startswith(f"{tmp_path / 'a.pdf'} is no PDF")] == []
