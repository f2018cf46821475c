"""Tasks: awaited, with a typed result, from a program, an agent, or a tool."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any, assert_type

import attrs
import pytest
import trio
from cast_of_agents import Cast, Reply, call
from trio.testing import MockClock
from world import Clip, User, Voice

from voiceflow import Chunker, Graph, Ports, Session, Speaker, TextSink, TurnSettings, TurnTaking
from voiceflow.agents import (
    Agent,
    AskYesNo,
    Collect,
    CollectAddress,
    CollectDate,
    CollectDigits,
    CollectEmail,
    CollectName,
    CollectPhone,
    Ended,
    GaveUp,
    Task,
)
from voiceflow.items import HandOff, ToolCall, ToolOutput
from voiceflow.machines.turn_settings import Endpointing
from voiceflow.tools import ToolContext, tool

Roles = Mapping[str, Sequence[Reply]]


@attrs.define(eq=False)
class Colour(Task[str]):
    """Its model calls `tell` when it likes."""

    @tool
    async def tell(self, colour: str = "red") -> Ended:
        """This is it."""
        return self.complete(colour)

    @tool
    async def no(self) -> Ended:
        """There is none."""
        return self.give_up("the user likes none")


def typed(roles: Roles, **settings: Any) -> tuple[Session, Cast]:
    model = Cast(roles)
    return Session(Graph().connect(model, TextSink()), **settings), model


async def test_a_task_has_a_result_and_who_was_on_duty_goes_on(autojump_clock: MockClock) -> None:
    """It asks first; what it was told by tools is not told to who goes on, what was said is."""
    roles: Roles = {"colour": [("Which colour?", []), ("", [call("tell")])], "main": [("Red it is.", [])]}
    session, model = typed(roles, agent=Agent("main"))
    async with session:
        async with trio.open_nursery() as nursery:

            async def answer() -> None:
                await session.finished()
                assert session.active.name == "Colour"
                await session.send_text("Red.")

            nursery.start_soon(answer)
            assert await session.task(Colour("colour")) == "red"
        assert session.active.name == "Agent"
        await session.send_text("Thanks.")
    assert [item.text for item in session.history] == ["Which colour?", "Red.", "Thanks.", "Red it is."]
    assert [(item.source, item.target) for item in session.items if isinstance(item, HandOff)] == [
        ("Agent", "Colour"),
        ("Colour", "Agent"),
    ]
    assert [item.text for item in model.prompts[-1].messages] == ["main", "Which colour?", "Red.", "Thanks."]
    assert not any(isinstance(item, ToolCall | ToolOutput) for item in model.prompts[-1].items)


async def test_a_tool_awaits_a_task_and_its_output_is_answered_when_it_comes(autojump_clock: MockClock) -> None:
    """The reply that called it ends meanwhile; then the agent that called is asked again."""
    results: list[str] = []

    @tool(effect="must_finish", timeout=60)
    async def order(ctx: ToolContext) -> str:
        """Order a balloon."""
        results.append(await Colour("colour").run(ctx.session))
        return f"a {results[0]} balloon"

    roles: Roles = {
        "main": [("With pleasure.", [call("order")]), ("It is ordered.", [])],
        "colour": [("Which colour?", []), ("", [call("tell", "b")])],
    }
    session, model = typed(roles, agent=Agent("main", tools=[order]))
    async with session:
        assert (await session.send_text("A balloon, please.")).heard.strip() == "With pleasure."
        await session.finished()
        await session.send_text("Red.")
        await session.finished()
    assert results == ["red"]
    said = ["A balloon, please.", "With pleasure.\n\n", "Which colour?", "Red.", "It is ordered."]
    assert [item.text for item in session.history] == said
    assert [item.text for item in session.items if isinstance(item, ToolOutput)] == ["Done.", "a red balloon"]
    assert [item.text for item in model.prompts[-1].items if isinstance(item, ToolOutput)] == ["a red balloon"]


async def test_a_tool_that_would_end_with_its_reply_cannot_await_a_task(autojump_clock: MockClock) -> None:
    """It is told how to be declared, in the log; its model that it failed."""

    @tool
    async def order(ctx: ToolContext) -> None:
        await ctx.session.task(Colour("colour"))

    session, _ = typed({"main": [("", [call("order")]), ("It failed.", [])]}, agent=Agent("main", tools=[order]))
    async with session:
        assert (await session.send_text("A balloon, please.")).heard == "It failed."
    assert [item.error for item in session.items if isinstance(item, ToolOutput)] == [True]
    assert session.active.name == "Agent"


async def test_an_agent_awaits_a_task_when_it_comes_and_then_goes_on_itself(autojump_clock: MockClock) -> None:
    """It says nothing by itself, and so it is asked."""

    class Shop(Agent):
        colour = ""

        async def on_enter(self, session: Session) -> None:
            self.colour = await session.task(Colour("colour"))

    roles: Roles = {"main": [("Red it is.", [])], "colour": [("Which colour?", []), ("Fine.", [call("tell")])]}
    session, _ = typed(roles, agent=Shop("main"))
    async with session:
        await session.finished()
        await session.send_text("Red.")
        await session.finished()
    assert [item.text for item in session.history] == ["Which colour?", "Red.", "Fine.\n\n", "Red it is."]


async def test_a_task_that_is_given_up_is_an_error_of_a_type(autojump_clock: MockClock) -> None:
    """By its tool; by another agent that takes over; by the end of the session."""
    session, _ = typed({"colour": [("", [call("no")])]}, agent=Agent("main"))
    async with session:
        with pytest.raises(GaveUp, match="the user likes none") as raised:
            await session.task(Colour("colour"))
        assert raised.value.task == "Colour"
        assert session.active.name == "Agent"

    session, _ = typed({}, agent=Agent("main"))
    async with session, trio.open_nursery() as nursery:

        async def take_over() -> None:
            await session.finished()
            await session.hand_over(Agent("other", name="Other"))

        nursery.start_soon(take_over)
        with pytest.raises(GaveUp, match="another agent took over"):
            await session.task(Colour("colour"))
        assert session.active.name == "Other"

    session, _ = typed({}, agent=Agent("main"))
    async with trio.open_nursery() as nursery:

        async def ask() -> None:
            with pytest.raises(GaveUp, match="or the session was left"):
                await session.task(Colour("colour"))

        async with session:
            nursery.start_soon(ask)
            await session.finished()


async def test_an_agent_whose_task_hands_over_is_not_on_duty_any_more(autojump_clock: MockClock) -> None:
    """Neither it nor the task; nothing has failed, and each of them takes leave."""
    left: list[str] = []

    class Leaving(Agent):
        async def on_exit(self, session: Session) -> None:
            left.append(self.name)

    class Shop(Leaving):
        async def on_enter(self, session: Session) -> None:
            await session.task(Colour("colour", tools=[pass_on]))

    @tool
    async def pass_on() -> Agent:
        return Leaving("other", name="Other")

    roles: Roles = {"colour": [("Which colour?", []), ("One moment.", [call("pass_on")])], "other": [("Hello.", [])]}
    session, _ = typed(roles, agent=Shop("main"))
    async with session:
        await session.finished()
        await session.send_text("I do not know.")
        await session.finished()
        assert session.active.name == "Other"
    assert [item.text.strip() for item in session.history][-1] == "Hello."
    assert left == ["Shop", "Other"]


async def test_who_is_cancelled_while_it_awaits_a_task_goes_on_as_before(autojump_clock: MockClock) -> None:
    """The task is not on duty any more."""
    session, _ = typed({}, agent=Agent("main"))
    async with session:
        with trio.move_on_after(5):
            await session.task(Colour("colour"))
        assert session.active.name == "Agent"


async def test_a_node_cannot_wait_for_a_task_within_its_own_turn(autojump_clock: MockClock) -> None:
    """It is told so instead of waiting for ever."""

    class Waiting(Cast):
        async def run(self, ports: Ports) -> None:
            await session.task(Colour("colour"))

    session = Session(Graph().connect(Waiting({}), TextSink()), agent=Agent("main"))
    async with session:
        reply = await session.reply()
    assert "would wait for ever" in str(reply.error)


# What is collected


async def heard(task: Task[Any], *answers: str) -> tuple[list[str], Any]:
    """What a task by rule says, and its result, where the user answers like this."""
    said: list[str] = []
    results: list[Any] = []
    async with Session(Graph().connect(Cast({}), TextSink(said.append)), agent=Agent("main")) as session:

        async def ask() -> None:
            try:
                results.append(await session.task(task))
            except GaveUp as error:
                results.append(error.why)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            await session.finished()
            for answer in answers:
                await session.send_text(answer)
                await session.finished()
    return [text for text in said if text], results[0]


@pytest.mark.parametrize(
    ("task", "answers", "result"),
    [
        (CollectName(by_rule=True), ["I'm ann lee", "yes"], "Ann Lee"),
        (CollectEmail(by_rule=True), ["ann at example dot com", "that's right"], "ann@example.com"),
        (CollectPhone(by_rule=True), ["555 0123", "no", "555 0124", "yes"], "5550124"),
        (CollectDigits(least=4, most=4, by_rule=True), ["one two", "one two three four", "yes"], "1234"),
        (CollectDate(year=2026, by_rule=True), ["May third", "yes"], datetime.date(2026, 5, 3)),
        (
            CollectDate(today=lambda: datetime.date(2026, 12, 30), by_rule=True),
            ["next Friday", "yes"],
            datetime.date(2027, 1, 8),
        ),
        (CollectAddress(by_rule=True, confirm=False), ["12 Long Street, Berlin"], "12 Long Street, Berlin"),
        (AskYesNo(question="Is it raining?", by_rule=True), ["no"], False),
        (
            CollectName(by_rule=True, attempts=2),
            ["1", "2"],
            "expected a name, of one to six words and no digits; it",
        ),
    ],
)
async def test_values_are_collected_without_a_model(
    autojump_clock: MockClock, task: Task[Any], answers: list[str], result: object
) -> None:
    """Asked, read, read back, asked again, and given up."""
    found = (await heard(task, *answers))[1]
    assert found == result or (isinstance(found, str) and found.startswith(str(result)))


async def test_what_is_read_back_can_be_heard(autojump_clock: MockClock) -> None:
    """Signs by their names, digits one by one; a correction is taken for an answer."""
    said, result = await heard(CollectEmail(by_rule=True), "a at b dot com", "ann at example dot com", "yes")
    assert said == [
        "What is your e-mail address?",
        "a at b dot com. Is that right?",
        "ann at example dot com. Is that right?",
    ]
    assert result == "ann@example.com"


async def test_a_model_submits_and_confirms(autojump_clock: MockClock) -> None:
    """What is unclear it is told, and asks again; it cannot confirm before the user has heard it."""
    written = ["ann", "ann@example.com"]
    submit = [ToolCall(value, "submit", f'{{"value": "{value}"}}') for value in written]
    task = CollectEmail()
    roles: Roles = {
        task.instructions: [
            ("Your e-mail?", []),
            ("", [submit[0]]),
            ("Once more?", []),
            ("", [submit[1]]),
            ("", [call("confirm", "c")]),
            ("Right?", []),
            ("", [call("confirm", "d")]),
        ]
    }
    session, _ = typed(roles, agent=Agent("main"))
    results: list[str] = []
    async with session, trio.open_nursery() as nursery:

        async def ask() -> None:
            results.append(await session.task(task))

        nursery.start_soon(ask)
        await session.finished()
        for words in ("Ann.", "ann at example dot com", "Yes."):
            await session.send_text(words)
        await session.finished()
    assert results == ["ann@example.com"]
    outputs = [item.text for item in session.items if isinstance(item, ToolOutput)]
    assert outputs == [
        "Not taken: expected an e-mail address such as ann@example.com. Ask the user again.",
        "Now read it back, as: ann at example dot com. Ask whether that is right.",
        "Not taken: the user has not been asked yet whether it is right. Ask the user again.",
        "Done.",
    ]


@pytest.mark.parametrize(
    ("task", "written", "read_back", "result"),
    [
        (CollectName(), "ann lee", "Ann Lee", "Ann Lee"),
        (CollectEmail(), "ann@example.com", "ann at example dot com", "ann@example.com"),
        (CollectPhone(), "+49 151 23456", "plus 4 9 1 5 1 2 3 4 5 6", "+4915123456"),
        (CollectDigits(least=4), "4255", "4 2 5 5", "4255"),
        (CollectDate(), "2026-05-03", "May 3, 2026", datetime.date(2026, 5, 3)),
        (CollectAddress(), "12 Long Street, Berlin", "12 Long Street, Berlin", "12 Long Street, Berlin"),
        (AskYesNo(question="Is it raining?"), "no", "", False),
    ],
)
async def test_each_is_done_with_a_model_by_itself(
    autojump_clock: MockClock, task: Task[Any], written: str, read_back: str, result: object
) -> None:
    """In a session of no agent of one's own; what is read back is for the model to say."""
    submit = ToolCall("a", "submit", json.dumps({"value": written}))
    replies: list[Reply] = [("Tell me.", []), ("", [submit]), ("Right?", []), ("", [call("confirm", "b")])]
    session, _ = typed({task.instructions: replies})
    results: list[object] = []
    async with session, trio.open_nursery() as nursery:

        async def ask() -> None:
            results.append(await task.run(session))

        nursery.start_soon(ask)
        await session.finished()
        await session.send_text("Here it is.")
        if read_back:
            await session.send_text("Yes.")
        await session.finished()
    assert (results, type(results[0])) == ([result], type(result))
    outputs = [item.text for item in session.items if isinstance(item, ToolOutput)]
    told = [f"Now read it back, as: {read_back}. Ask whether that is right."] if read_back else []
    assert outputs == [*told, "Done."]


async def test_a_result_is_of_the_type_that_its_task_says(autojump_clock: MockClock) -> None:
    """One after the other, in one call; checkers of types know it, too."""
    async with Session(Graph().connect(Cast({}), TextSink()), agent=Agent("main")) as session:

        async def answer() -> None:
            for line in ("four two", "2026-05-03", "yes"):
                await trio.sleep(1)
                await session.send_text(line)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(answer)
            digits = assert_type(await session.task(CollectDigits(by_rule=True, confirm=False)), str)
            day = assert_type(await CollectDate(by_rule=True, confirm=False).run(session), datetime.date)
            sure = assert_type(await session.task(AskYesNo(question="Sure?", by_rule=True)), bool)
    assert (digits, day, sure) == ("42", datetime.date(2026, 5, 3), True)


async def test_a_spoken_task_is_interrupted_like_any_speech(autojump_clock: MockClock) -> None:
    """The answer comes in the middle of the question, and is the answer."""
    settings = TurnSettings(endpointing=Endpointing(mode="fixed", min_wait=0.5))
    user, turns = User([Clip(2.0, 3.5, "I'm Ann Lee"), Clip(8.0, 9.0, "yes it is")], until=20.0), TurnTaking(settings)
    graph = Graph().connect(user.speech, turns).connect(user.transcripts, turns)
    graph.connect(turns, Cast({}), Chunker(), Voice(3.0), Speaker())
    names: list[str] = []

    class Reception(Agent):
        async def on_enter(self, session: Session) -> None:
            names.append(await session.task(CollectName(by_rule=True)))

    async with Session(graph, agent=Reception("main")) as session:
        await session.finished()
    assert names == ["Ann Lee"]
    heard = [(item.text, item.interrupted) for item in session.history]
    assert heard == [
        ("What is your", True),
        ("I'm Ann Lee", False),
        ("Ann Lee. Is", True),
        ("yes it is", False),
        ("Yes.", False),
    ]


@pytest.mark.parametrize("language", ["pl", "ja-JP", ""])
def test_a_language_without_words_is_refused(language: str) -> None:
    """With those that there are, and the way out."""
    with pytest.raises(ValueError, match=r"CollectDate: language is one of en, de, .*; got '.*'\. .* have a model ask"):
        CollectDate(language=language)
    assert CollectDate(language="en-GB").language == "en-GB"


async def test_a_value_is_asked_for_in_the_language_of_the_caller(autojump_clock: MockClock) -> None:
    """Asked, not understood, read back, corrected, and confirmed."""
    task = CollectDate(by_rule=True, language="de")
    said, result = await heard(task, "weiß nicht", "am dritten Mai 2026", "nein", "am vierten Mai 2026", "ja, genau")
    assert said == [
        "An welchem Tag?",
        "Entschuldigung, das habe ich nicht verstanden. An welchem Tag?",
        "3. Mai 2026. Ist das richtig?",
        "Entschuldigung, das habe ich nicht verstanden. An welchem Tag?",
        "4. Mai 2026. Ist das richtig?",
    ]
    assert result == datetime.date(2026, 5, 4)


@pytest.mark.parametrize(
    ("task", "answers", "said", "result"),
    [
        (
            CollectEmail(by_rule=True, language="fr"),
            ["jean tiret du bas luc arobase orange point fr", "oui"],
            "jean tiret du bas luc arobase orange point fr. C'est bien ça ?",
            "jean_luc@orange.fr",
        ),
        (
            CollectPhone(by_rule=True, language="it"),
            ["più tre nove, tre tre tre, uno due tre quattro", "sì"],
            "più 3 9 3 3 3 1 2 3 4. È giusto?",
            "+393331234",
        ),
        (CollectDigits(by_rule=True, language="es"), ["cuatro dos", "claro"], "4 2. ¿Es correcto?", "42"),
        (CollectName(by_rule=True, language="pt-BR"), ["sou ana", "sim"], "Ana. Está certo?", "Ana"),
        (CollectAddress(by_rule=True, language="nl"), ["Straat 5, Delft", "ja"], "Straat 5, Delft. Klopt dat?",
         "Straat 5, Delft"),
    ],
)  # fmt: skip
async def test_values_are_read_back_in_any_of_the_languages(
    autojump_clock: MockClock, task: Task[Any], answers: list[str], said: str, result: str
) -> None:
    """Signs by the names that they have there."""
    words, found = await heard(task, *answers)
    # A sign's own spaces stand beside those between the words of an address: a voice does not mind.
    assert (" ".join(words[1].split()), found) == (said, result)


@pytest.mark.parametrize(("answer", "result"), [("Ja, gerne.", True), ("Lieber nicht.", False)])
async def test_yes_and_no_are_words_of_the_language(autojump_clock: MockClock, answer: str, result: bool) -> None:
    """And what a model writes down for them is read there as well."""
    question = AskYesNo(question="Regnet es?", by_rule=True, language="de")
    assert await heard(question, answer) == (["Regnet es?"], result)
    assert [question.read("yes"), question.read("no")] == [True, False]


def test_what_is_asked_for_is_in_the_question() -> None:
    """Where it is not what such a task asks for usually, and there is no question."""
    assert CollectDigits(what="the order number").question == "What is the order number?"
    assert CollectDigits(what="die Bestellnummer", language="de").question == "Wie lautet die Bestellnummer?"
    assert CollectDigits(language="de").question == "Wie lautet die Nummer?"
    assert CollectName(what="the name of your cat", question="The cat's name?").question == "The cat's name?"
    with pytest.raises(ValueError, match="Collect: what is to be found out"):
        Collect[str]()
