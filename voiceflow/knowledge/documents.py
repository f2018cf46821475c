"""Files as text with Markdown headings: what passages are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Protocol, cast

from voiceflow.errors import VoiceflowError


class UnreadableDocument(VoiceflowError):
    """A file that is no document of the kind that its name says."""


class _Page(Protocol):
    def extract_text(self) -> str: ...


def _plain(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _html(path: Path) -> str:
    # Bytes: a page says itself in which encoding it is.
    soup = _library("bs4", path).BeautifulSoup(path.read_bytes(), "html.parser")
    for unseen in soup(["script", "style", "noscript", "template", "head", "nav"]):
        unseen.decompose()
    converted = (
        _library("markdownify", path).MarkdownConverter(heading_style="ATX", strip=["a", "img"]).convert_soup(soup)
    )
    return cast(str, converted)


def _pdf(path: Path) -> str:
    pypdf = _library("pypdf", path)
    try:
        pages: list[_Page] = list(pypdf.PdfReader(path).pages)
        return "\n\n".join(page.extract_text() for page in pages)
    except _library("pypdf.errors", path).PyPdfError as error:
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
