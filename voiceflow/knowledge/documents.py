"""Files as text with Markdown headings: what passages are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol, cast

from voiceflow.errors import VoiceflowError


class UnreadableDocument(VoiceflowError):
    """A file that is no document of the kind that its name says."""


_CONFUSED: Final = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError,
)  # fmt: skip
"""What pypdf raises besides its own errors, where a damaged file has something else than it looks for."""
_PARAGRAPH: Final = ("p",)
_CELL: Final = ("td", "th")
_ENDED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        ["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "table", "pre", "blockquote", "div", "section",
         "article", "hr"],
        _PARAGRAPH,
    ),
    "li": ("p", "li"), "dt": ("p", "dt", "dd"), "dd": ("p", "dt", "dd"),
    "td": ("p", *_CELL), "th": ("p", *_CELL), "tr": ("p", *_CELL, "tr"),
}  # fmt: skip
"""Elements, and those that end where such a one begins, though nobody has written so: the parser takes it as within.
(HTML, 13.1.2.4, "Optional tags".)"""


class _Page(Protocol):
    def extract_text(self) -> str: ...


def _plain(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _html(path: Path) -> str:
    # Bytes: a page says itself in which encoding it is.
    soup = _library("bs4", path).BeautifulSoup(path.read_bytes(), "html.parser")
    for unseen in soup(["script", "style", "noscript", "template", "head", "nav"]):
        unseen.decompose()
    for tag in soup([*_ENDED_BY]):
        while tag.parent is not None and tag.parent.name in _ENDED_BY[tag.name]:
            _move_behind(tag.parent, tag)
    converter = _library("markdownify", path).MarkdownConverter(heading_style="ATX", strip=["a", "img"])
    try:
        return cast(str, converter.convert_soup(soup))
    except RecursionError:  # marks that nobody ended, one within the other: without them the words are there
        return "\n\n".join(soup.stripped_strings)


def _move_behind(outer: Any, tag: Any) -> None:
    """End an element before another that stands in it: what follows that goes with it."""
    for each in reversed([tag, *tag.next_siblings]):
        outer.insert_after(each.extract())


def _pdf(path: Path) -> str:
    pypdf, errors = _library("pypdf", path), _library("pypdf.errors", path)
    try:
        pages: list[_Page] = list(pypdf.PdfReader(path).pages)
        return "\n\n".join(page.extract_text() for page in pages)
    except (errors.PyPdfError, errors.DependencyError, *_CONFUSED) as error:
        raise UnreadableDocument(f"{path} is no PDF that can be read: {error}") from error


def _library(name: str, path: Path) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise UnreadableDocument(
            f"{path} wants {name}, which is not installed: pip install 'voiceflow[knowledge]'"
        ) from error


READERS: Final[Mapping[str, Callable[[Path], str]]] = {
    ".txt": _plain,
    ".md": _plain,
    ".markdown": _plain,
    ".html": _html,
    ".htm": _html,
    ".pdf": _pdf,
}
"""By the end of a file's name, in small letters."""


def find(folder: Path) -> Iterator[Path]:
    """The documents below a folder, or the one file, in the order of their names; hidden files are left out.

    Raises:
        UnreadableDocument: there is no such folder or file.
    """
    if folder.is_file():
        yield folder
    elif folder.is_dir():
        for path in sorted(folder.rglob("*")):
            hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
            if path.suffix.lower() in READERS and path.is_file() and not hidden:
                yield path
    else:
        raise UnreadableDocument(f"{folder} is neither a folder nor a file")


def read(path: Path) -> str:
    """The text of a document.

    Raises:
        UnreadableDocument: it cannot be read, or is not what its name says; the message says why.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise UnreadableDocument(f"{path}: expected a name that ends in {', '.join(READERS)}")
    try:
        return reader(path)
    except OSError as error:
        raise UnreadableDocument(f"{path} cannot be read: {error.strerror}") from error
