"""The program as a server: a client that nobody here wrote, SIGTERM, Ctrl-C, and mistakes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from served import REPLY, loud
from websockets.sync.client import ClientConnection, connect

from voiceflow.cli import main
from voiceflow.machines.call_messages import from_sound

pytestmark = pytest.mark.real_time

TESTS = Path(__file__).resolve().parent.parent


@contextmanager
def _server(*options: str) -> Generator[tuple[subprocess.Popen[str], str], None, None]:
    command = [sys.executable, "-m", "voiceflow", "serve", f"{TESTS / 'served.py'}:build", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def _until(type: str, socket: ClientConnection) -> list[str | bytes]:
    """What comes up to a message of this type."""
    told: list[str | bytes] = []
    while not told or isinstance(told[-1], bytes) or json.loads(told[-1])["type"] != type:
        told.append(socket.recv(timeout=10))
    return told


@pytest.mark.slow
def test_a_plain_client_is_answered_until_the_server_drains() -> None:
    """The package websockets, which knows nothing of us; SIGTERM then ends the call in time, and the process with 0."""
    with _server("--drain", "0.5") as (process, url):
        with connect(url.replace("http", "ws") + "ws") as socket:
            socket.send(json.dumps({"type": "hello", "version": 1}))
            # Half a second may come at once; a second later the server hears silence, and speech is over.
            socket.send(bytes(3200))
            socket.send(loud(0.35).tobytes())
            told = _until("ended", socket)
            sounds = [from_sound(message) for message in told if isinstance(message, bytes)]
            assert [position for _, position, _ in sounds] == list(range(0, 14400, 960))
            assert json.loads(told[-1])["text"] == REPLY
            process.send_signal(signal.SIGTERM)
            assert json.loads(_until("bye", socket)[-1])["reason"] == "drain"
        assert process.wait(10) == 0


@pytest.mark.slow
def test_ctrl_c_ends_it_at_once() -> None:
    """With the status that says so, and however long a call that is under way would be waited for."""
    with _server("--drain", "3600") as (process, url):
        assert url.startswith("http://127.0.0.1:")
        with connect(url.replace("http", "ws") + "ws") as socket:
            socket.send(json.dumps({"type": "hello", "version": 1}))
            _until("welcome", socket)
            process.send_signal(signal.SIGINT)
            _, told = process.communicate()
        assert process.returncode == 130
        assert told.endswith("voiceflow serve: interrupted\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--host", "0.0.0.0"], "VOICEFLOW_SECRET"),
        (["--make-token", "60"], "set VOICEFLOW_SECRET"),
        (["--make-token", "60", "--name", "Ann"], "give --room too"),
        (["--make-token", "60", "--room", " "], "1 to 40 characters"),
        (["--room", "kitchen"], "give --make-token too"),
        (["--calls", "0"], "--calls, --limit, --drain"),
        (["--ice", "turn:relay.test"], "VOICEFLOW_TURN_SECRET; or VOICEFLOW_TURN_USER and"),
        (["--ice", "https://relay.test"], "stun:HOST:PORT"),
        (["nothing.py:build"], "there is no file nothing.py"),
    ],
)
def test_mistakes_are_lines(
    words: list[str], complaint: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is loaded or listens."""
    for name in ("SECRET", "TURN_SECRET", "TURN_USER", "TURN_PASSWORD"):
        monkeypatch.delenv(f"VOICEFLOW_{name}", raising=False)
    graph = [] if words[0].startswith(("nothing", "--make")) else [f"{TESTS / 'served.py'}:build"]
    assert main(["serve", *graph, *words]) == 1
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--make-token", "nan"],
        ["--make-token", "inf"],
        ["--make-token", "0"],
        ["--make-token", "1e300"],
        ["--port", "²"],
        ["--origin", "example.com"],
        ["--origin", "https://example.com/page"],
    ],
)
def test_what_an_option_cannot_be_is_told_as_such(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """With the option's name, and the status of a wrong command line."""
    with pytest.raises(SystemExit) as ended:
        main(["serve", *words])
    assert ended.value.code == 2
    assert f"argument {words[0]}: " in capsys.readouterr().err


def test_a_token_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Made with the secret of the environment."""
    from voiceflow.serve.tokens import Tokens, place

    monkeypatch.setenv("VOICEFLOW_SECRET", "a secret of sixteen")
    assert main(["serve", "--make-token", "60"]) == 0
    assert Tokens("a secret of sixteen").good(capsys.readouterr().out.strip(), 0.0)
    assert main(["serve", "--make-token", "60", "--room", "kitchen", "--name", "Ann Lee"]) == 0
    token = capsys.readouterr().out.strip()
    assert place(token) == ("kitchen", "Ann Lee")
    assert Tokens("a secret of sixteen").good(token, 0.0, room="kitchen")
    assert not Tokens("a secret of sixteen").good(token, 0.0)
