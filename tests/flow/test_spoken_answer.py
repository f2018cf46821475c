"""A stage behind a model: the response is spoken as it is written, the values are told at the end."""

from __future__ import annotations

import attrs
from trio.testing import MockClock

from voiceflow import Graph, In, Node, Out, Ports, Prompt, Session, Text, TextSink
from voiceflow.flow import Extracted, SpokenAnswer
from voiceflow.testing import drive


@attrs.define(eq=False)
class Model(Node):
    """Answers with a document, in three pieces."""

    prompt = In(Prompt)
    text = Out(Text)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for _ in ports[self.prompt]:
            for piece in ('{"response_to_user": "For how', ' many?", "extracted_va', 'lues": {"day": "Monday"}}'):
                await ports[self.text].send(Text(piece))


async def test_the_pieces_leave_as_they_come(autojump_clock: MockClock) -> None:
    """And what was found out, when the answer has ended."""
    pieces = [Text('{"response_to_user": "Hel'), Text('lo", "extracted_values": {"a": 1}'), Text("}")]
    driven = await drive(SpokenAnswer(), {"answer": pieces})
    assert driven["text"] == [Text("Hel"), Text("lo")]
    assert driven["extracted"] == [Extracted({"a": 1})]


async def test_in_a_graph_it_stands_behind_the_model(autojump_clock: MockClock) -> None:
    """The history has what was heard; the values are seen at its outlet; what the session says passes."""
    spoken, found = SpokenAnswer(), list[Extracted]()
    graph = Graph().connect(Model(), spoken.answer).connect(spoken.text, TextSink()).tap(spoken.extracted, found.append)
    async with Session(graph) as session:
        await session.say("Welcome.")
        assert (await session.send_text("A table, please.")).heard == "For how many?"
    assert [message.text for message in session.history] == ["Welcome.", "A table, please.", "For how many?"]
    assert found[-1] == Extracted({"day": "Monday"})
