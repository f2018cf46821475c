"""`voiceflow chat`: a server that fails ends no conversation that can go on."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from itertools import chain, repeat

import pytest
from completions import Answer, completions

from voiceflow.cli import main

FINE = 'data: {"choices": [{"index": 0, "delta": {"content": "Fine."}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n'
BUSY = Answer("{}", 503, "application/json")
KEYLESS = Answer("{}", 401, "application/json")
WELL = Answer(FINE)
PAGE = Answer("<html>", 200, "text/html")


def server(*answers: Answer) -> AbstractContextManager[str]:
    """One that plays these answers, a retry being one more that it is asked for, and then the last for ever."""
    return completions(chain(answers, repeat(answers[-1])))


def typed(monkeypatch: pytest.MonkeyPatch, url: str, lines: int) -> int:
    """The status of a conversation of so many lines."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO("Hello.\n" * lines))
    return main(["chat", "--model", "m", "--base-url", url])


def test_a_conversation_goes_on_after_a_server_that_was_busy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As often as it is: a line each time, and the answer when there is one; the status tells of it."""
    tries = 2 * 3  # what the node tries in one turn, with a restart
    with server(*[BUSY] * 3 * tries, WELL) as url:
        assert typed(monkeypatch, url, 4) == 1
    out, err = capsys.readouterr()
    assert out.strip() == "Fine."
    assert [line.partition(" at ")[0] for line in err.splitlines()] == ["voiceflow chat: openai"] * 3
    assert all(
        line.endswith("expected 200 and an event stream, got 503. Try again later.") for line in err.splitlines()
    )


@pytest.mark.parametrize(
    ("answer", "told"), [(KEYLESS, "Check the key: none was sent; key_env (--key-env)"), (PAGE, "Check that base_url")]
)
def test_what_will_never_be_answered_ends_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: Answer, told: str
) -> None:
    """A key that is missing, say; nothing more is asked for."""
    with server(answer) as url:
        assert typed(monkeypatch, url, 4) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("voiceflow chat: openai at 127.0.0.1")
    assert told in line


def test_what_was_wrong_with_one_line_alone_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server that has answered before refuses that line, not the next one."""
    with server(WELL, Answer("{}", 400, "application/json"), WELL) as url:
        assert typed(monkeypatch, url, 3) == 1
    out, err = capsys.readouterr()
    assert out.split() == ["Fine.", "Fine."]
    assert len(err.splitlines()) == 1
