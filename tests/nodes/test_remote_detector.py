"""A turn detector whose server is on loopback."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import numpy as np
import pytest
import trio
from model_server import Play, Server, answer, hang, leaf, reset, serving, whole

from voiceflow import (
    Graph,
    Mark,
    Node,
    NodeFailed,
    Out,
    Ports,
    Prediction,
    ProviderError,
    Session,
    Speech,
    Trace,
    Transcript,
)
from voiceflow.nodes.remote_detector import RemoteDetector
from voiceflow.testing import check_detector, drive

pytestmark = pytest.mark.real_time

RATE = 16_000
WORDS = "my card number is 4000"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def says(body: str, status: int = 200) -> Play:
    return whole(answer(body.encode(), status, "application/json"))


SURE = says('{"probability": 0.9}')


def final(text: str = WORDS, end: int = RATE) -> Transcript:
    return Transcript(text, "final", RATE, end - 4000, end, language="en")


@attrs.define(eq=False)
class Talker(Node):
    """Says these words, each when what stands before it has happened."""

    steps: Sequence[Transcript | Callable[[], bool]]

    transcripts = Out(Transcript)

    async def run(self, ports: Ports) -> None:
        for step in self.steps:
            if isinstance(step, Transcript):
                await ports[self.transcripts].send(step)
                continue
            while not step():  # noqa: ASYNC110  what it waits for tells nobody
                await trio.sleep(0.005)


@attrs.define
class Heard:
    """What came of a call with a detector in it."""

    said: list[Prediction] = attrs.Factory(list[Prediction])
    marks: list[Mark] = attrs.Factory(list[Mark])

    @property
    def failures(self) -> list[str]:
        told = (str(mark.values["error"]) for mark in self.marks if mark.name == "detector.failed")
        return [error.partition(": ")[2] for error in told]

    def judged(self, count: int) -> Callable[[], bool]:
        """Whether so many questions have come to an end."""
        return lambda: len(self.said) + len(self.failures) >= count

    async def of(self, server: Server, *steps: Transcript | Callable[[], bool], **settings: Any) -> None:
        detector, talker = RemoteDetector(server.url, **settings), Talker(steps)
        graph = Graph().connect(talker, detector).tap(detector.predictions, self.said.append)
        async with Session(graph, trace=Trace([self.marks.append])) as session:
            await session.finished()


async def test_the_server_is_asked_about_the_words_of_the_turn() -> None:
    """With their language, and with the key where there is one; its answer stands where the user fell silent."""
    spoken = Speech(False, RATE // 2, RATE, RATE)
    async with serving(SURE) as server:
        found = await drive(RemoteDetector(server.url), {"speech": [spoken], "transcripts": [0.2, final()]})
    assert found["predictions"] == [Prediction(0.9, RATE // 2, RATE, "remote")]
    (request,) = server.requests
    assert (request.method, request.body) == ("POST", {"text": WORDS, "language": "en"})
    assert "authorization" not in request.headers


async def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """And stands in no setting; without one the node does not open."""
    monkeypatch.setenv("A_KEY", "very-secret")
    async with serving(SURE) as server:
        node = RemoteDetector(server.url, key_env="A_KEY")
        await drive(node, {"transcripts": [final()]})
        assert server.requests[0].headers["authorization"] == "Bearer very-secret"
        assert "very-secret" not in repr(node)
        monkeypatch.delenv("A_KEY")
        with pytest.raises(Exception, match="A_KEY") as caught:
            await drive(node, {"transcripts": [final()]})
        assert isinstance(leaf(caught.value), (NodeFailed, ProviderError))


@pytest.mark.parametrize(
    ("play", "told"),
    [
        (says("{}", 500), "expected status 200, got 500"),
        (says("not JSON"), 'expected {"probability": 0 to 1}, got something else'),
        (says("[0.9]"), 'expected {"probability": 0 to 1}, got something else'),
        (says('{"probability": 1.5}'), 'expected {"probability": 0 to 1}, got something else'),
        (says('{"probability": true}'), 'expected {"probability": 0 to 1}, got something else'),
        (says('{"probability": NaN}'), 'expected {"probability": 0 to 1}, got something else'),
        (reset, "expected an answer, got RemoteProtocolError"),
    ],
)
async def test_what_is_no_probability_is_no_verdict(play: Play, told: str) -> None:
    """The detector goes on, and the words are in no mark."""
    heard = Heard()
    async with serving(play, SURE) as server:
        await heard.of(server, final(), heard.judged(1), final("yes", 2 * RATE))
    assert [each.pts for each in heard.said] == [2 * RATE]
    assert heard.failures == [told]
    assert "card" not in repr([mark for mark in heard.marks if mark.node == "remote_detector"])


async def test_a_server_that_does_not_answer_has_its_time() -> None:
    """Then there is no verdict, and the next question is asked."""
    heard = Heard()
    async with serving(hang(b"")) as server:
        await heard.of(server, final(), within=0.05)
    assert heard.said == []
    assert heard.failures == ["expected an answer within 0.05 s, got none"]


async def test_a_newer_question_takes_the_place_of_one_that_waits() -> None:
    """Which is no failure."""
    heard = Heard()
    async with serving(hang(b""), SURE) as server:
        await heard.of(server, final(), lambda: bool(server.requests), final("yes", 2 * RATE), within=30.0)
    assert [each.pts for each in heard.said] == [2 * RATE]
    assert heard.failures == []
    assert [request.body["text"] for request in server.requests] == [WORDS, f"{WORDS} yes"]


async def test_a_server_that_fails_again_and_again_is_left_alone_for_a_while() -> None:
    """Three failures in a row, and then a rest in which it is not asked."""
    heard = Heard()
    steps = [step for n in range(1, 4) for step in (final("so", n * RATE), heard.judged(n))]
    async with serving(says("{}", 503)) as server:
        await heard.of(server, *steps, final("so", 4 * RATE), final("so", 5 * RATE), failures=3, cooldown=600.0)
    assert (len(server.requests), len(heard.failures), heard.said) == (3, 3, [])


async def test_after_its_rest_a_server_is_asked_again() -> None:
    """One more failure is another rest; one answer, and it is as if it had never failed."""
    heard = Heard()
    broken = says("{}", 503)
    steps = [step for n in range(1, 6) for step in (final("so", n * RATE), heard.judged(n))]
    async with serving(broken, broken, SURE, broken, SURE) as server:
        await heard.of(server, *steps, failures=2, cooldown=0.0)
    assert (len(heard.failures), len(heard.said)) == (3, 2)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("url", "ftp://here"), ("url", "http://me:secret@here"), ("within", 0.0), ("within", 61.0)),
        *(("failures", 0), ("cooldown", -1.0), ("new_turn_after", -1.0)),
    ],
)
def test_settings_out_of_range_are_refused(name: str, value: Any) -> None:
    """With the name of the setting."""
    settings: dict[str, Any] = {"url": "http://127.0.0.1:1", name: value}
    with pytest.raises(ValueError, match=name) as caught:
        RemoteDetector(**settings)
    assert "secret" not in str(caught.value)


def test_it_keeps_the_contract_of_a_turn_detector() -> None:
    async def main() -> None:
        async with serving(SURE) as server:
            await check_detector(lambda: RemoteDetector(server.url), speech=np.zeros(RATE, np.int16))

    trio.run(main)
