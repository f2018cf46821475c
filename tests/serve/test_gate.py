"""Who may come in: hosts, origins, tokens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from served import build

from voiceflow import Audio, Graph, GraphError, Outlet, Sink
from voiceflow.serve.agent import ServedAgent
from voiceflow.serve.calls import Calls
from voiceflow.serve.ear import Ear
from voiceflow.serve.gate import Gate, is_loopback
from voiceflow.serve.mouth import Mouth
from voiceflow.serve.server import Server
from voiceflow.serve.tokens import Tokens

TOKENS = Tokens("a secret of sixteen")
NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("host", "origin", "verdict"),
    [
        ("127.0.0.1:8080", None, "in"),
        ("localhost:8080", "http://localhost:8080", "in"),
        ("[::1]:8080", None, "in"),
        ("talk.example", "https://talk.example", "in"),
        ("localhost:8080", "https://talk.example", "in"),
        ("localhost:8080", "http://localhost:9999", "foreign"),
        ("localhost:8080", "https://evil.example", "foreign"),
        ("localhost:8080", "null", "foreign"),
        ("evil.example:8080", "http://evil.example:8080", "foreign"),
        ("evil.example:8080", None, "foreign"),
        ("127.0.0.1.evil.example", None, "foreign"),
        ("[::1", None, "foreign"),
        ("", None, "foreign"),
    ],
)
def test_a_server_for_this_machine_knows_its_own_names(host: str, origin: str | None, verdict: str) -> None:
    """A foreign page is turned away, and so is a foreign name that leads here."""
    headers = {"host": host} if origin is None else {"host": host, "origin": origin}
    assert Gate(origins=("https://talk.example",)).look(headers, "", NOW) == verdict


def test_where_tokens_are_wanted_any_host_will_do_and_a_foreign_page_will_not() -> None:
    """A token is in the address, or in the header that has a name for it."""
    gate, token = Gate(tokens=TOKENS), TOKENS.make(NOW + 10)
    host = {"host": "voice.example"}
    assert gate.look(host, token, NOW) == "in"
    assert gate.look({**host, "authorization": f"Bearer {token}"}, "", NOW) == "in"
    assert gate.look({**host, "origin": "https://voice.example"}, token, NOW) == "in"
    assert gate.look({**host, "origin": "https://evil.example"}, token, NOW) == "foreign"
    assert gate.look(host, "", NOW) == "no token"
    assert gate.look({**host, "authorization": f"Basic {token}"}, "", NOW) == "no token"


def test_a_token_is_good_for_a_while_and_for_nobody_elses_server() -> None:
    """Whatever is changed in it makes it worthless."""
    token = TOKENS.make(NOW + 10)
    until, salt, signature = token.split(".")
    assert TOKENS.good(token, NOW + 10)
    assert not TOKENS.good(token, NOW + 11)
    assert not Tokens("another secret of ours").good(token, NOW)
    forged = [f"{int(until) + 99}.{salt}.{signature}", f"{until}.x.{signature}", f"{until}.{salt}.", "", "..", "é.é.é"]
    assert not any(TOKENS.good(each, NOW) for each in forged)
    assert "sixteen" not in repr(TOKENS)
    with pytest.raises(GraphError, match="at least 16 characters"):
        Tokens("short")


def test_other_machines_are_let_in_with_tokens_alone() -> None:
    """Before anything listens."""
    calls = Calls(ServedAgent(build=build))
    with pytest.raises(GraphError, match="VOICEFLOW_SECRET"):
        Server(calls, host="0.0.0.0")
    assert Server(calls, host="0.0.0.0", tokens=TOKENS).token(1.0)
    assert [is_loopback(host) for host in ("127.1.2.3", "::1", "localhost", "0.0.0.0", "10.0.0.1")] == [True] * 3 + [
        False
    ] * 2


def _of_nothing() -> int:
    return 1


def _of_another_kind(audio: Outlet[Audio], speaker: Sink) -> int:
    return 1


def _without_end(audio: Outlet[Audio], speaker: Sink) -> Graph:
    return build(audio, Mouth())


def _without_beginning(audio: Outlet[Audio], speaker: Sink) -> Graph:
    return build(Ear().audio, speaker)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (_of_nothing, "expected def build"),
        (_of_another_kind, "gives a int"),
        (_without_end, "nothing ends with"),
        (_without_beginning, "nothing listens to"),
    ],
)
def test_what_cannot_be_served_is_refused_before_it_is(wrong: Callable[..., object], message: str) -> None:
    """A function that wants something else, gives something else, or leaves an end unconnected."""
    with pytest.raises(GraphError, match=message):
        ServedAgent(build=wrong, where="agent.py:build").check()
