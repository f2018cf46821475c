"""A plain download: resumed when cut, checked, and never wrong where a model is looked for."""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceflow.models import Download, FetchFailed, File, Model, Piece, Progress, cache_folder, fetch, locate
from voiceflow.models._lock import locked

CONTENT = bytes(range(256)) * 1000
SUM = hashlib.sha256(CONTENT).hexdigest()


@attrs.frozen
class Step:
    """How the server answers one request; `n` is a number of bytes, or a status."""

    kind: Literal["right", "cut", "status", "deaf", "corrupt", "corrupt_cut", "long", "elsewhere", "garbled"] = "right"
    n: int = 0


class Server:
    """A web server on loopback that serves `content` at every path, as the next step says (or rightly)."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.steps: list[Step] = []
        self.ranges: list[str | None] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.ranges.append(self.headers.get("Range"))
                server.answer(self, server.steps.pop(0) if server.steps else Step())

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.block_on_close = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/model.bin"

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, request: BaseHTTPRequestHandler, step: Step) -> None:
        if step.kind == "status":
            return request.send_error(step.n)
        wanted = request.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and step.kind != "deaf" else 0
        body = self._body(step)[start:]
        if start and not body:
            return request.send_error(416)
        request.send_response(206 if start else 200)
        if start:
            start += step.kind == "elsewhere"
            request.send_header("Content-Range", f"bytes {start}-{len(self.content) - 1}/{len(self.content)}")
        if step.kind == "garbled":
            request.send_header("Transfer-Encoding", "chunked")
            body = b"4\r\n" + body[:4] + b"\r\nno length\r\n"
        else:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: step.n] if step.kind in ("cut", "corrupt_cut") else body)
        return None

    def _body(self, step: Step) -> bytes:
        if step.kind in ("corrupt", "corrupt_cut"):
            return bytes(byte ^ 1 for byte in self.content)
        return self.content + b"more" if step.kind == "long" else self.content


@pytest.fixture(scope="module")
def web() -> Iterator[Server]:
    server = Server(CONTENT)
    yield server
    server.close()


@pytest.fixture
def server(web: Server) -> Server:
    """A server on loopback that has nothing to tell yet."""
    web.steps.clear()
    web.ranges.clear()
    return web


@pytest.fixture
def model(server: Server) -> Model:
    """A model of one file that the server has."""
    return served(server)


def served(server: Server) -> Model:
    piece = Piece(Download(server.url), len(CONTENT), SUM)
    return Model("tiny", "vad", "1", "for tests", "MIT", "nowhere", (File("a.bin", len(CONTENT), SUM, (piece,)),))


def files(cache: Path) -> list[str]:
    """What is in the cache, the lock left out."""
    return sorted(
        str(path.relative_to(cache)) for path in cache.rglob("*") if path.is_file() and path.suffix != ".lock"
    )


def test_a_download_lies_in_the_cache_and_nothing_else_is_left(model: Model, cache: Path, server: Server) -> None:
    """The file is the served one, and the folder for parts is gone."""
    path = fetch(model)
    assert path == cache / "tiny" / "1" / "a.bin"
    assert path.read_bytes() == CONTENT
    assert files(cache) == ["tiny/1/a.bin"]
    assert locate(model) == path
    assert server.ranges == [None]


def test_a_second_fetch_asks_no_server(model: Model, server: Server) -> None:
    """What is right already is kept."""
    assert fetch(model) == fetch(model)
    assert len(server.ranges) == 1


def test_a_cut_download_is_resumed_in_the_same_fetch(model: Model, server: Server) -> None:
    """Each attempt asks for what is still lacking."""
    server.steps = [Step("cut", 100_000), Step("cut", 50_000)]
    assert fetch(model).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=100000-", "bytes=150000-"]


def test_a_download_that_stays_cut_is_resumed_by_the_next_fetch(model: Model, cache: Path, server: Server) -> None:
    """Two attempts without a new byte end the fetch; what came is kept, and no model is found."""
    server.steps = [Step("cut", 70_000), Step("cut", 0)]
    with pytest.raises(FetchFailed, match=r"was cut after 70000 of 256000 bytes .* fetch again to go on") as caught:
        fetch(model)
    assert caught.value.retryable
    assert not (cache / "tiny" / "1").exists()
    assert fetch(model).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=70000-", "bytes=70000-"]


def test_a_server_without_ranges_is_asked_from_the_beginning(model: Model, server: Server) -> None:
    """An answer 200 to a request for the rest is the whole file."""
    server.steps = [Step("cut", 70_000), Step("deaf")]
    assert fetch(model).read_bytes() == CONTENT


def test_a_server_that_goes_on_elsewhere_is_asked_from_the_beginning(model: Model, server: Server) -> None:
    """A Content-Range that does not begin where the part ends is not appended."""
    server.steps = [Step("cut", 70_000), Step("elsewhere")]
    assert fetch(model).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=70000-", None]


def test_a_part_that_the_server_refuses_to_continue_is_thrown_away(model: Model, server: Server) -> None:
    """416 to a request for the rest: the file is asked for from the beginning."""
    server.steps = [Step("cut", 70_000), Step("status", 416)]
    assert fetch(model).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=70000-", None]


def test_a_garbled_answer_counts_as_cut(model: Model, server: Server) -> None:
    """A broken chunk ends the attempt; the bytes before it are gone on from."""
    server.steps = [Step("garbled")]
    assert fetch(model).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=4-"]


def test_a_wrong_hash_is_refused_and_nothing_is_kept(model: Model, cache: Path, server: Server) -> None:
    """The message names both sums."""
    server.steps = [Step("corrupt")]
    wrong = hashlib.sha256(bytes(byte ^ 1 for byte in CONTENT)).hexdigest()
    with pytest.raises(FetchFailed, match=f"has SHA-256 {wrong}, expected {SUM}") as caught:
        fetch(model)
    assert not caught.value.retryable
    assert files(cache) == []


def test_a_part_of_another_file_is_thrown_away(model: Model, server: Server) -> None:
    """When the beginning came from another version, the resumed file is wrong, and is taken anew once."""
    server.steps = [Step("corrupt_cut", 70_000), Step("cut", 0)]
    with pytest.raises(FetchFailed, match="was cut"):
        fetch(model)
    assert fetch(model).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=70000-", "bytes=70000-", None]


def test_a_file_that_is_too_long_is_refused(model: Model, cache: Path, server: Server) -> None:
    """One byte more than expected is enough."""
    server.steps = [Step("long")]
    with pytest.raises(FetchFailed, match="more than the 256000 bytes expected"):
        fetch(model)
    assert files(cache) == []


@pytest.mark.parametrize(
    ("status", "words", "retryable"),
    [
        (404, "there is no such file", False),
        (410, "there is no such file", False),
        (401, "it refuses this request", False),
        (429, "the server is busy", True),
        (500, "the server is busy", True),
        (503, "the server is busy", True),
    ],
)
def test_a_refusal_says_what_was_answered(
    model: Model, server: Server, status: int, words: str, retryable: bool
) -> None:
    """Only a busy server is worth another try."""
    server.steps = [Step("status", status)]
    with pytest.raises(FetchFailed, match=f"answered {status}: {words}") as caught:
        fetch(model)
    assert caught.value.retryable is retryable


def test_no_server_at_all_is_an_error_that_may_pass(model: Model, server: Server) -> None:
    """A refused connection brought no byte."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as gone:
        address = f"http://127.0.0.1:{gone.server_address[1]}/a"
    piece = Piece(Download(address), 5, SUM)
    with pytest.raises(FetchFailed, match=r"was cut after 0 of 5 bytes \(ConnectionRefusedError") as caught:
        fetch(attrs.evolve(model, files=(File("a.bin", 5, SUM, (piece,)),)))
    assert caught.value.retryable


def test_an_address_is_shown_without_its_secrets() -> None:
    """User, password and query stay out of messages."""
    assert str(Download("https://user:word@host.example:8443/a/b?key=secret#f")) == "https://host.example:8443/a/b"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/file", "/a/path", ""])
def test_only_http_addresses_are_downloads(url: str) -> None:
    """Anything else is refused when the value is made."""
    with pytest.raises(ValueError, match="an http or https address"):
        Download(url)


def test_progress_counts_the_bytes_that_are_there(model: Model, cache: Path, server: Server) -> None:
    """It never goes back in a resumed download, and ends with one "done"."""
    server.steps = [Step("cut", 100_000)]
    seen: list[Progress] = []
    fetch(model, seen.append)
    downloading = [step.done for step in seen if step.stage == "downloading"]
    assert downloading == sorted(downloading)
    assert downloading[0] == 0
    assert downloading[-1] == len(CONTENT)
    assert 100_000 in downloading
    assert seen[-1] == Progress("tiny", "done", str(cache / "tiny" / "1"), len(CONTENT), len(CONTENT))
    assert [step.stage for step in seen].count("done") == 1


def test_fetches_of_the_same_model_wait_for_each_other(model: Model, server: Server) -> None:
    """Eight threads, one request."""
    paths: list[Path] = []
    threads = [threading.Thread(target=lambda: paths.append(fetch(model))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert paths == [locate(model)] * 8
    assert server.ranges == [None]


def test_a_waiting_fetch_says_so(model: Model, cache: Path) -> None:
    """The first report is "waiting" while somebody else holds the lock."""
    waiting = threading.Event()
    seen: list[Progress] = []

    def report(step: Progress) -> None:
        seen.append(step)
        waiting.set()

    thread = threading.Thread(target=fetch, args=(model, report))
    with locked(cache / "tiny" / "1.lock", lambda: None):
        thread.start()
        waiting.wait()
        assert seen == [Progress("tiny", "waiting")]
    thread.join()
    assert seen[-1].stage == "done"


def test_a_cache_that_cannot_be_written_is_a_clear_error(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the place, the space needed, and the variable that names another place."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(FetchFailed, match=r"cannot be written to .*file/voiceflow.*1 MB.*XDG_CACHE_HOME"):
        fetch(model)


STEPS = st.builds(
    Step,
    st.sampled_from(["right", "cut", "deaf", "corrupt", "corrupt_cut", "long", "elsewhere", "garbled"]),
    st.integers(0, len(CONTENT)),
) | st.builds(Step, st.just("status"), st.sampled_from([404, 416, 429, 500]))


@settings(deadline=None, max_examples=60)
@given(fetches=st.lists(st.lists(STEPS, max_size=3), max_size=4))
def test_no_wrong_file_is_ever_where_a_model_is_looked_for(web: Server, fetches: list[list[Step]]) -> None:
    """Whatever the server does, the file is right or absent after each fetch; once it serves rightly, it is right."""
    model = served(web)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", folder)
        final = cache_folder(model) / "a.bin"
        for steps in fetches:
            web.steps = steps
            try:
                fetch(model)
            except FetchFailed:
                assert not final.exists()
            else:
                assert final.read_bytes() == CONTENT
        web.steps = []
        assert fetch(model).read_bytes() == CONTENT
