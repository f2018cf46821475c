"""Who has answered: by words, by cadence, by a beep; once, and at its time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow.machines.voicemail import PHRASES, Verdict, Voicemail, VoicemailSettings

SECOND = 1_000_000_000


def ns(seconds: float) -> int:
    return round(seconds * SECOND)


def answered(*speech: tuple[float, float], until: float = 30.0, lag: float = 0.3, **settings: Any) -> Verdict | None:
    """What becomes of a call with speech from one second to another, which a VAD knows `lag` seconds late."""
    machine = Voicemail(VoicemailSettings(**settings))
    events = [(begin, True, begin) for begin, _ in speech] + [(end + lag, False, end) for _, end in speech]
    for known, active, at in sorted(events):
        if known <= until:
            machine.speech(active, ns(at), ns(known))
    return machine.tick(ns(until))


def test_who_says_little_and_waits_is_a_person() -> None:
    """Known `reply` seconds after the first utterance, however late the VAD is."""
    assert answered((1.0, 1.6)) == Verdict("human", "short greeting", ns(2.8))
    assert answered((1.0, 3.0)) == Verdict("human", "short greeting", ns(4.2))
    assert answered((1.0, 1.6), lag=1.5) == Verdict("human", "short greeting", ns(2.8))


def test_who_talks_on_is_a_machine() -> None:
    """Known when it has talked for `monologue` seconds; short pauses do not count."""
    assert answered((1.0, 12.0)) == Verdict("voicemail", "monologue", ns(8.0))
    assert answered((1.0, 3.0), (3.8, 6.0), (7.1, 12.0)) == Verdict("voicemail", "monologue", ns(8.0))


def test_what_is_neither_stays_unknown() -> None:
    """A greeting of middle length; silence; a person who talks in pieces."""
    for speech in ((), ((1.0, 5.0),), ((1.0, 5.0), (8.0, 8.5), (11.0, 14.0))):
        assert answered(*speech) == Verdict("unknown", "deadline", ns(15.0))
    assert answered(deadline=4.0) == Verdict("unknown", "deadline", ns(4.0))
    assert answered((1.0, 5.0), until=10.0) is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Hi, you've reached Bob. Leave a message after the beep."),
        ("en-GB", "The person you are calling is UNAVAILABLE"),
        ("de", "Bitte hinterlassen Sie eine Nachricht nach dem Signalton."),
        ("fr", "Bonjour, laissez-moi un message après le bip."),
        ("es", "Deje su mensaje después del tono"),
        ("ja", "メッセージをどうぞ。"),
        ("zh", "您好请留言"),
        ("ko", "음성 사서함으로 연결됩니다"),
    ],
)
def test_machines_say_what_machines_say(language: str, text: str) -> None:
    """Known with the words, in an interim too, wherever they stand."""
    machine = Voicemail(VoicemailSettings(language=language))
    assert machine.words(text, ns(2.5), final=False) == Verdict("voicemail", "words", ns(2.5))


def test_phrases_may_come_in_pieces() -> None:
    """Finals are joined; an interim is not kept; another language's phrases are none."""
    machine = Voicemail()
    assert machine.words("hello please leave", ns(1.0)) is None
    assert machine.words("no", ns(1.5), final=False) is None
    assert machine.words("a message", ns(2.0)) == Verdict("voicemail", "words", ns(2.0))
    assert Voicemail().words("nach dem Signalton", ns(1.0)) is None
    assert Voicemail(VoicemailSettings(phrases={"en": ("quack",)})).words("leave a message", 1) is None


@pytest.mark.parametrize(
    "text", ["Hello?", "Yes, speaking.", "Bob here, who is this?", "", "I was leaving, what is it?"]
)
def test_people_say_something_else(text: str) -> None:
    """Words alone make nobody a person: machines begin like that too."""
    assert Voicemail().words(text, ns(1.0)) is None


def test_a_beep_is_a_machines() -> None:
    """At once."""
    machine = Voicemail()
    machine.speech(True, ns(1.0), ns(1.0))
    assert machine.beep(ns(2.0)) == Verdict("voicemail", "beep", ns(2.0))


def test_somebody_else_may_judge() -> None:
    """Who does not know changes nothing."""
    machine = Voicemail()
    machine.words("good day", ns(1.0))
    assert machine.text == "good day"
    assert machine.judge("unknown", ns(2.0)) is None
    assert machine.judge("human", ns(3.0)) == Verdict("human", "judged", ns(3.0))


def test_what_is_known_first_counts() -> None:
    """Also when it is told later than what happened after it; nothing changes it."""
    machine = Voicemail()
    machine.speech(True, ns(1.0), ns(1.0))
    machine.speech(False, ns(1.5), ns(1.8))
    verdict = machine.beep(ns(4.0))
    assert verdict == Verdict("human", "short greeting", ns(2.7))
    assert machine.words("leave a message", ns(5.0)) == machine.judge("voicemail", ns(6.0)) == verdict
    assert machine.due() is None


def test_at_one_instant_what_is_heard_counts_first() -> None:
    """Before what time would decide."""
    machine = Voicemail()
    assert machine.beep(ns(15.0)) == Verdict("voicemail", "beep", ns(15.0))


def test_it_says_when_it_wants_to_be_asked() -> None:
    """The deadline; in speech the monologue; in a pause its end."""
    machine = Voicemail(began=ns(10.0))
    assert machine.due() == ns(25.0)
    machine.speech(True, ns(11.0), ns(11.0))
    assert machine.due() == ns(18.0)
    machine.speech(False, ns(12.0), ns(12.3))
    assert machine.due() == ns(13.2)
    assert machine.tick(ns(13.2) - 1) is None
    assert machine.tick(ns(13.2)) == Verdict("human", "short greeting", ns(13.2))


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["begin", "end", "words", "machine", "beep", "judge", "tick"]),
        st.integers(-2 * SECOND, 4 * SECOND),
        st.integers(-SECOND, SECOND),
    ),
    max_size=40,
)


@given(EVENTS)
def test_whatever_comes_there_is_one_verdict(events: list[tuple[str, int, int]]) -> None:
    """Late, twice, out of order, with times that go back: none changes, none comes after the deadline."""
    machine, now, first = Voicemail(), 0, None
    for what, step, off in events:
        now += step
        match what:
            case "begin" | "end":
                found = machine.speech(what == "begin", now + off, now)
            case "words":
                found = machine.words("hello", now)
            case "machine":
                found = machine.words("voicemail", now, final=False)
            case "beep":
                found = machine.beep(now)
            case "judge":
                found = machine.judge("human" if off > 0 else "unknown", now)
            case _:
                found = machine.tick(now)
        assert first is None or found == first
        first = first or found
        assert (machine.due() is None) == (first is not None)
    verdict = machine.tick(10**15)
    assert verdict is not None
    assert 0 <= verdict.at <= ns(15.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("deadline", 0.0), ("greeting", -1.0), ("reply", 0.0), ("monologue", 1.0), ("language", "")],
)
def test_settings_out_of_range_are_refused(name: str, value: Any) -> None:
    """With the name of the setting."""
    with pytest.raises(ValueError, match=name):
        VoicemailSettings(**{name: value})


def test_every_list_has_its_phrases() -> None:
    """Each is found in itself."""
    for language, phrases in PHRASES.items():
        for phrase in phrases:
            assert Voicemail(VoicemailSettings(language=language)).words(phrase, 1) is not None, phrase
