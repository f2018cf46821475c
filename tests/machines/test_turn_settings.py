"""Settings of turn-taking: their defaults, and what is said about wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from voiceflow.errors import GraphError
from voiceflow.machines.turn_settings import Endpointing, Interruption, Speculation, TurnSettings, ns


def test_the_defaults_are_those_of_the_documentation() -> None:
    settings = TurnSettings()
    assert settings.endpointing == Endpointing(
        mode="adaptive", min_wait=0.5, max_wait=0.8, certainty=0.75, deadline=0.15
    )
    how = settings.interruption
    assert (how.mode, how.min_duration, how.min_words, how.min_confidence) == ("hybrid", 0.5, 0, 0.0)
    assert (how.on_hint, how.release, how.false_after, how.resume, how.fade) == ("duck", 0.2, 2.0, True, 0.03)
    assert settings.speculation == Speculation(mode="llm", tries=3)
    assert (settings.stall, settings.idle, settings.idle_repeats, settings.watchdog) == (2.0, None, False, 60.0)
    assert (settings.language, settings.mute) == ("en", "never")


@pytest.mark.parametrize("kind", [Endpointing, Interruption, Speculation, TurnSettings])
def test_settings_are_named(kind: Callable[..., Any]) -> None:
    with pytest.raises(TypeError, match="positional"):
        kind("fixed")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Endpointing(min_wait=-0.1),
            "endpointing.min_wait must be a number from 0 to 60 seconds; got -0.1. Leave it out for the default, 0.5.",
        ),
        (
            lambda: Endpointing(max_wait=60.1),
            "endpointing.max_wait must be a number from 0 to 60 seconds; got 60.1. Leave it out for the default, 0.8.",
        ),
        (
            lambda: Endpointing(min_wait=1.0),
            "endpointing.max_wait must be no shorter than min_wait (1 seconds); got 0.8. "
            "Raise max_wait or lower min_wait.",
        ),
        (
            lambda: Endpointing(mode="smart"),  # type: ignore[arg-type]
            "endpointing.mode must be one of fixed, threshold, adaptive; got 'smart'. "
            "Leave it out for the default, 'adaptive'.",
        ),
        (
            lambda: TurnSettings(mute="always"),  # type: ignore[arg-type]
            "mute must be one of never, until_first_reply, while_speaking, while_tool_runs; got 'always'. "
            "Leave it out for the default, 'never'.",
        ),
        (
            lambda: Endpointing(certainty=1.5),
            "endpointing.certainty must be a number from 0 to 1; got 1.5. Leave it out for the default, 0.75.",
        ),
        (
            lambda: Endpointing(deadline=float("nan")),
            "endpointing.deadline must be a number from 0 to 5 seconds; got nan. Leave it out for the default, 0.15.",
        ),
        (
            lambda: Interruption(mode="both"),  # type: ignore[arg-type]
            "interruption.mode must be one of vad, stt, hybrid, off; got 'both'. "
            "Leave it out for the default, 'hybrid'.",
        ),
        (
            lambda: Interruption(min_duration="0.5"),  # type: ignore[arg-type]
            "interruption.min_duration must be a number from 0 to 60 seconds; got '0.5'. "
            "Leave it out for the default, 0.5.",
        ),
        (
            lambda: Interruption(min_words=1.5),  # type: ignore[arg-type]
            "interruption.min_words must be a whole number from 0 to 100; got 1.5. Leave it out for the default, 0.",
        ),
        (
            lambda: Interruption(min_words=-1),
            "interruption.min_words must be a whole number from 0 to 100; got -1. Leave it out for the default, 0.",
        ),
        (
            lambda: Interruption(min_words=True),
            "interruption.min_words must be a whole number from 0 to 100; got True. Leave it out for the default, 0.",
        ),
        (
            lambda: Interruption(min_confidence=True),
            "interruption.min_confidence must be a number from 0 to 1; got True. Leave it out for the default, 0.0.",
        ),
        (
            lambda: Interruption(release=10.1),
            "interruption.release must be a number from 0 to 10 seconds; got 10.1. Leave it out for the default, 0.2.",
        ),
        (
            lambda: Interruption(on_hint="stop"),  # type: ignore[arg-type]
            "interruption.on_hint must be one of duck, hold, nothing; got 'stop'. "
            "Leave it out for the default, 'duck'.",
        ),
        (
            lambda: Interruption(false_after=-1),
            "interruption.false_after must be a number from 0 to 60 seconds; got -1. "
            "Leave it out for the default, 2.0.",
        ),
        (
            lambda: Interruption(resume=1),  # type: ignore[arg-type]
            "interruption.resume must be True or False; got 1. Leave it out for the default, True.",
        ),
        (
            lambda: Interruption(fade=0.5),
            "interruption.fade must be a number from 0 to 0.4 seconds; got 0.5. Leave it out for the default, 0.03.",
        ),
        (
            lambda: Interruption(always={"": ["stop"]}),
            'interruption.always must be lists of phrases by language code; got \'\'. Write {"en": ["mhm", "uh huh"]}.',
        ),
        (
            lambda: Interruption(backchannels={"en": ["mhm", " "]}),
            "interruption.backchannels must be lists of phrases by language code; got 'en'. "
            'Write {"en": ["mhm", "uh huh"]}.',
        ),
        (
            lambda: Interruption(backchannels={"en": [3]}),  # type: ignore[list-item]
            "interruption.backchannels must be lists of phrases by language code; got 'en'. "
            'Write {"en": ["mhm", "uh huh"]}.',
        ),
        (
            lambda: Interruption(backchannels={3: ["mhm"]}),  # type: ignore[dict-item]
            "interruption.backchannels must be lists of phrases by language code; got 3. "
            'Write {"en": ["mhm", "uh huh"]}.',
        ),
        (
            lambda: Speculation(mode="tts"),  # type: ignore[arg-type]
            "speculation.mode must be one of off, llm, llm+tts; got 'tts'. Leave it out for the default, 'llm'.",
        ),
        (
            lambda: Speculation(tries=0),
            "speculation.tries must be a whole number from 1 to 20; got 0. Leave it out for the default, 3.",
        ),
        (
            lambda: Speculation(tries=21),
            "speculation.tries must be a whole number from 1 to 20; got 21. Leave it out for the default, 3.",
        ),
        (
            lambda: TurnSettings(stall=0),
            "stall must be a number from 0.1 to 60 seconds; got 0. Leave it out for the default, 2.0.",
        ),
        (
            lambda: TurnSettings(idle=0.0),
            "idle must be a number from 0.1 to 86400 seconds, or None for never; got 0.0. "
            "Leave it out for the default, None.",
        ),
        (
            lambda: TurnSettings(watchdog=0.5),
            "watchdog must be a number from 1 to 3600 seconds, or None for never; got 0.5. "
            "Leave it out for the default, 60.0.",
        ),
        (
            lambda: TurnSettings(idle_repeats=None),  # type: ignore[arg-type]
            "idle_repeats must be True or False; got None. Leave it out for the default, False.",
        ),
        (
            lambda: TurnSettings(stall=None),  # type: ignore[arg-type]
            "stall must be a number from 0.1 to 60 seconds; got None. Leave it out for the default, 2.0.",
        ),
    ],
)
def test_a_wrong_value_is_named_with_its_range_and_the_way_out(make: Callable[[], object], message: str) -> None:
    with pytest.raises(GraphError) as caught:
        make()
    assert str(caught.value) == message


@pytest.mark.parametrize("kind", [Endpointing, Interruption, Speculation, TurnSettings])
def test_every_setting_names_itself_when_it_is_refused(kind: type[Any]) -> None:
    """Whatever it is set to that it cannot be; and groups, whose values name themselves."""
    for field in attrs.fields(kind):
        with pytest.raises((GraphError, TypeError), match=field.name) as caught:
            kind(**{field.name: {3: ["no language"]} if field.name in ("always", "backchannels") else complex(7, 7)})
        assert "7+7j" in str(caught.value) or field.name in ("always", "backchannels")


def test_a_group_must_be_of_its_kind() -> None:
    with pytest.raises(TypeError, match="endpointing"):
        TurnSettings(endpointing=Interruption())  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [0, 0.0, 60, 60.0])
def test_the_ends_of_a_range_belong_to_it(value: float) -> None:
    assert Endpointing(min_wait=value, max_wait=60).min_wait == value


def test_lists_of_phrases_are_frozen_and_one_phrase_is_a_list() -> None:
    phrases = ["stop", "wait"]
    settings = Interruption(always={"en": phrases, "de": "halt"})
    phrases.append("no")
    assert settings.always == {"en": ("stop", "wait"), "de": ("halt",)}


def test_the_defaults_of_one_are_not_those_of_another() -> None:
    first = Interruption()
    first.always.clear()
    assert Interruption().always


def test_a_vad_that_is_slower_than_the_wait_is_refused_with_the_wait_that_it_means() -> None:
    endpointing = Endpointing()
    endpointing.check_silence(0.5)
    assert (endpointing.effective_wait(0.3), endpointing.effective_wait(0.7)) == (0.5, 0.7)
    with pytest.raises(GraphError) as caught:
        endpointing.check_silence(0.7)
    assert str(caught.value) == (
        "endpointing.min_wait must be at least the VAD's silence (0.7 seconds); got 0.5. "
        "As it stands the wait is 0.7 seconds: raise min_wait to that, or shorten the VAD's silence."
    )


@pytest.mark.parametrize(("seconds", "nanoseconds"), [(0.02 * 100, 2_000_000_000), (0.1 + 0.2, 300_000_000), (0, 0)])
def test_seconds_become_whole_microseconds(seconds: float, nanoseconds: int) -> None:
    assert ns(seconds) == nanoseconds
