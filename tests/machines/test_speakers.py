"""Who said what of several who are one user."""

from __future__ import annotations

from voiceflow.machines.speakers import Speakers


def test_all_who_were_heard_since_the_last_message_said_it() -> None:
    """In the order in which they were first heard; nobody is remembered beyond it."""
    speakers = Speakers()
    for name in ("Bo", None, "Ann", "Bo"):
        speakers.heard(name)
    assert speakers.so_far() == ("Bo", "Ann")
    assert speakers.of("hello there everybody") == ("Bo", "Ann")
    assert speakers.of("hello again") == ()


def test_what_was_typed_is_whose_it_was() -> None:
    """However long it waited, and whoever was heard meanwhile; of two who typed the same, the first is meant first."""
    speakers = Speakers()
    speakers.typed("Ann", " Hi. ")
    speakers.typed("Bo", "Hi.")
    speakers.typed("Cy", "Bye.")
    speakers.heard("Di")
    assert [speakers.of(text) for text in ("Bye.", "good day", "Hi.", "Hi.", "Hi.")] == [
        ("Cy",),
        ("Di",),
        ("Ann",),
        ("Bo",),
        (),
    ]
