from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import attrs
import pytest
import trio
from world import Clip, Model, User, Voice

from voiceflow import (
    Chunker,
    Graph,
    In,
    Mark,
    Message,
    Node,
    Out,
    Ports,
    Prompt,
    ProviderError,
    Services,
    Session,
    Speaker,
    Speculation,
    Text,
    TextSink,
    Trace,
    TurnSettings,
    TurnTaking,
)
from voiceflow.agents import Agent
from voiceflow.knowledge import HttpKnowledge, Knowledge, Passage, Store, StoreError, StoreKnowledge
from voiceflow.machines.turn_settings import Endpointing, SpeculationMode
from voiceflow.testing import drive

SYSTEM = Message("system", "Be brief.")
EARLIER = (Message("user", "Hello?"), Message("assistant", "Hello!"))
QUESTION = (Message("user", "How much"), Message("user", "is a pizza?"))
PROMPT = Prompt((SYSTEM, *EARLIER, *QUESTION))


@attrs.define(eq=False, kw_only=True)
class Shelf(Knowledge):
    """Looks up what it was given, in so many seconds."""

    found: tuple[Passage, ...] = (Passage("Ten euros.", "Prices"), Passage("It is hot."))
    seconds: float = 0.0
    error: str = ""
    queries: list[str] = attrs.field(factory=list[str], init=False)

    async def retrieve(self, query: str, services: Services) -> Sequence[Passage]:
        self.queries.append(query)
        await trio.sleep(self.seconds)
        if self.error:
            raise ProviderError(self.error, retryable=True)
        return self.found


async def informed(node: Knowledge, prompt: Prompt = PROMPT) -> tuple[tuple[object, ...], dict[str, object]]:
    """The items that a model is told, and what the trace says of the lookup."""
    driven = await drive(node, {"prompt": [prompt]})
    (told,) = driven["informed"]
    assert isinstance(told, Prompt)
    values = [mark.values for mark in driven.marks if mark.name == "knowledge.looked_up"]
    return told.items, dict(values[0]) if values else {}


async def test_what_is_found_stands_before_what_the_user_said(autojump_clock: trio.testing.MockClock) -> None:
    shelf = Shelf(seconds=0.2)
    items, mark = await informed(shelf)
    assert items[:3] == (SYSTEM, *EARLIER)
    assert items[4:] == QUESTION
    told = items[3]
    assert isinstance(told, Message)
    assert (told.role, told.text.partition("\n\n")[2]) == ("system", "Prices\nTen euros.\n\nIt is hot.")
    assert mark == {"passages": 2, "seconds": 0.2, "problem": ""}
    assert shelf.queries == ["How much is a pizza?"]


async def test_after_its_deadline_the_model_answers_without_it(autojump_clock: trio.testing.MockClock) -> None:
    items, mark = await informed(Shelf(seconds=0.31))
    assert items == PROMPT.items
    assert mark == {"passages": 0, "seconds": 0.3, "problem": "nothing within 0.3 s"}


async def test_a_lookup_that_fails_costs_the_turn_nothing_else() -> None:
    items, mark = await informed(Shelf(error="the store is gone"))
    assert items == PROMPT.items
    assert mark["problem"] == "ProviderError: the store is gone"


async def test_nothing_found_adds_nothing() -> None:
    assert (await informed(Shelf(found=())))[0] == PROMPT.items


@pytest.mark.parametrize(
    "last", [Message("user", "?!"), Message("assistant", "How much?")], ids=["silent", "not asked"]
)
async def test_it_looks_up_only_what_the_user_asks(last: Message) -> None:
    prompt = Prompt((SYSTEM, last))
    assert await informed(Shelf(), prompt) == (prompt.items, {})


async def test_a_store_is_searched_and_what_hardly_fits_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "menu.md").write_text(
        "# Pizza\n\nTen euros.\n\n# Pasta\n\nNot as much.\n" + "\n# Other\n\nWords.\n" * 20
    )
    with Store.open(tmp_path / "s.db", create=True) as store:
        store.add(tmp_path / "menu.md")
    for least, titles in ((0.9, ["Pizza"]), (0.0, ["Pizza", "Pasta"])):
        items, _ = await informed(StoreKnowledge(path=str(tmp_path / "s.db"), least=least))
        told = items[3]
        assert isinstance(told, Message)
        assert [title for title in ("Pizza", "Pasta") if title in told.text] == titles


async def test_without_a_store_the_session_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store at"):
        await informed(StoreKnowledge(path=str(tmp_path / "none.db")))


class Server(BaseHTTPRequestHandler):
    """Answers with a body; remembers what it was asked."""

    def __init__(self, answer: bytes, status: int, asked: list[Any], *args: Any) -> None:
        self.answer, self.status, self.asked = answer, status, asked
        super().__init__(*args)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.asked.append((self.path, self.headers["authorization"], body))
        self.send_response(self.status)
        self.send_header("content-length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, format: str, *args: object) -> None:
        """Not on the terminal."""


async def ask(
    answer: bytes, status: int = 200, **settings: Any
) -> tuple[tuple[object, ...], dict[str, object], list[Any]]:
    asked: list[Any] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Server, answer, status, asked)) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/search"
            return *await informed(HttpKnowledge(url=url, deadline=10, **settings)), asked
        finally:
            server.shutdown()
            thread.join()


async def test_a_server_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE_KEY", "sk-secret")
    answer = {"passages": [{"text": "Ten euros.", "title": "Pizza"}, {"text": "b", "title": None}, {"text": "c"}]}
    items, _, asked = await ask(json.dumps(answer).encode(), key_env="STORE_KEY", limit=2)
    assert asked == [("/search", "Bearer sk-secret", {"query": "How much is a pizza?", "limit": 2})]
    assert isinstance(items[3], Message)
    assert items[3].text.endswith("Pizza\nTen euros.\n\nb")


@pytest.mark.parametrize(
    ("answer", "status", "got"),
    [
        (b"{}", 500, "the status 500"),
        (b"{}", 401, "the status 401"),
        (b"<html>", 200, "an answer of another form"),
        (b'{"passages": [{"title": "x"}]}', 200, "an answer of another form"),
        (b"[]", 200, "an answer of another form"),
        (b'{"passages": ["x"]}', 200, "an answer of another form"),
        (b'{"passages": [{"text": 5}]}', 200, "an answer of another form"),
        (b'{"passages": [{"text": "x", "title": ["y"]}]}', 200, "an answer of another form"),
        (b"[" * 100_000, 200, "an answer of another form"),
        (b" " * 2_000_000, 200, "more than 1,000,000 bytes"),
    ],
)
async def test_a_server_that_fails_is_told_of_in_the_trace(answer: bytes, status: int, got: str) -> None:
    items, mark, _ = await ask(answer, status)
    assert items == PROMPT.items
    assert mark["problem"] == f"ProviderError: httpknowledge: expected passages from 127.0.0.1, got {got}"


async def test_no_server_there() -> None:
    items, mark = await informed(HttpKnowledge(url="http://127.0.0.1:9/search"))
    assert items == PROMPT.items
    assert str(mark["problem"]).endswith("got ConnectError")


async def test_the_key_must_be_there_and_no_url_holds_one() -> None:
    with pytest.raises(ProviderError, match="the environment variable NO_SUCH_KEY is not set"):
        await informed(HttpKnowledge(url="http://127.0.0.1:9/", key_env="NO_SUCH_KEY"))
    with pytest.raises(ValueError, match="without a user or a password"):
        HttpKnowledge(url="http://me:secret@host/")


@attrs.define(eq=False)
class Forgetful(Node):
    """Breaks off in its first answer; keeps what it was told."""

    prompt = In(Prompt)
    text = Out(Text)
    lifetime = "turn"
    prompts: list[Prompt] = attrs.field(factory=list[Prompt], init=False)

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            self.prompts.append(prompt)
            if len(self.prompts) == 1:
                raise ProviderError("the server is gone", retryable=False)
            await ports[self.text].send(Text("Ten euros."))


async def test_notes_stay_in_no_history_after_a_failure_or_a_hand_off(autojump_clock: trio.testing.MockClock) -> None:
    """Whatever becomes of the turn, the next one and the next agent are not told what was looked up for it."""
    model = Forgetful()
    async with Session(Graph().connect(Shelf(), model, TextSink()), agent=Agent("first")) as session:
        assert (await session.send_text("How much?")).error is not None
        await session.hand_over(Agent("second"))
        await session.send_text("And now?")
        await session.finished()
        assert not any("Ten euros.\n\nIt is hot." in str(item) for item in session.items)
    notes = [sum("It is hot." in message.text for message in prompt.messages) for prompt in model.prompts]
    assert (notes[0], max(notes)) == (1, 1)  # none where the second agent's own reply comes behind the user's answer
    assert len(notes) >= 2


async def looked_up_and_answered(mode: SpeculationMode) -> tuple[float, float, float]:
    """When the lookup ends, the turn is committed, and the answer begins, of a caller who speaks from 1 to 2 s."""
    marks: list[Mark] = []
    endpointing = Endpointing(mode="fixed", min_wait=0.8)
    turns = TurnTaking(TurnSettings(endpointing=endpointing, speculation=Speculation(mode=mode)))
    user = User([Clip(1.0, 2.0, "how much is it")], until=8.0)
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    graph.connect(turns, Shelf(seconds=0.25), Model(["Ten euros."]), Chunker(), Voice(1.0), Speaker())
    async with Session(graph, trace=Trace([marks.append])) as session:
        await session.finished()
    at = {mark.name: mark.t / 1e9 for mark in reversed(marks)}
    return at["knowledge.looked_up"], at["turn.committed"], at["turn.audible"]


async def test_a_lookup_runs_beside_the_end_of_the_turn(autojump_clock: trio.testing.MockClock) -> None:
    """With speculation it is over before the turn is the agent's, and costs the caller no time at all."""
    looked_up, committed, answered = await looked_up_and_answered("llm")
    assert looked_up < committed
    late, committed_then, answered_then = await looked_up_and_answered("off")
    assert committed == committed_then
    assert late == pytest.approx(committed + 0.25)
    assert answered_then - answered >= 0.25
