from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceflow import Speech
from voiceflow.machines.hysteresis import Hysteresis, Phase

RATE = 16000
WINDOW = 512

PROBABILITIES = st.lists(st.floats(0, 1), max_size=120)


def ordered(thresholds: tuple[float, float], min_speech: int, min_silence: int) -> Hysteresis:
    return Hysteresis(RATE, max(thresholds), min(thresholds), min_speech, min_silence)


SETTINGS = st.builds(
    ordered, st.tuples(st.floats(0.01, 1), st.floats(0, 1)), st.integers(0, 4000), st.integers(0, 8000)
)


def machine(min_speech: int = 0, min_silence: int = 3 * WINDOW) -> Hysteresis:
    return Hysteresis(RATE, 0.5, 0.35, min_speech, min_silence)


def edges(hysteresis: Hysteresis, probabilities: list[float]) -> list[Speech]:
    pushed = (hysteresis.push(p, n * WINDOW, (n + 1) * WINDOW) for n, p in enumerate(probabilities))
    return [edge for edge in pushed if edge]


def told(hysteresis: Hysteresis, probabilities: list[float]) -> list[tuple[str, int, int]]:
    """What each edge says, and its place and that of its verdict in windows."""
    kinds = {(True, True): "voice", (True, False): "pause", (False, False): "end"}
    found = edges(hysteresis, probabilities)
    return [(kinds[edge.active, edge.voiced], edge.pts // WINDOW, edge.known // WINDOW) for edge in found]


def test_an_utterance_is_told_from_its_first_window_to_its_last() -> None:
    """Edges are dated back to the speech; only the verdict is late."""
    assert told(machine(2 * WINDOW), [0, 0.6, 0.9, 0.9, 0.1, 0.1, 0.1, 0.1]) == [
        ("voice", 1, 3),
        ("pause", 4, 5),
        ("end", 4, 7),
    ]


def test_a_pause_is_told_at_once_and_does_not_end_the_utterance() -> None:
    """Silence under min_silence is a pause, and the voice behind it the same utterance."""
    assert told(machine(), [0.9, 0.1, 0.1, 0.9, 0.1, 0.1, 0.1]) == [
        ("voice", 0, 1),
        ("pause", 1, 2),
        ("voice", 3, 4),
        ("pause", 4, 5),
        ("end", 4, 7),
    ]


def test_a_click_is_no_speech() -> None:
    """What falls below end before min_speech is over leaves no trace."""
    assert told(machine(3 * WINDOW), [0.9, 0.9, 0.1, 0.9, 0.9, 0.1]) == []


def test_a_probability_between_the_thresholds_changes_nothing() -> None:
    """It neither begins speech nor keeps a pause from growing, but carries on a voice."""
    assert told(machine(), [0.4, 0.9, 0.4, 0.4, 0.1, 0.4, 0.4]) == [("voice", 1, 2), ("pause", 4, 5), ("end", 4, 7)]


def test_with_no_min_silence_an_utterance_ends_without_a_pause() -> None:
    """One window decides one edge: the end takes the place of the pause."""
    assert told(machine(min_silence=0), [0.9, 0.1]) == [("voice", 0, 1), ("end", 1, 2)]


def test_lost_audio_is_time_that_has_passed() -> None:
    """A silent window far behind the last one ends the utterance where its last sound was."""
    hysteresis = machine()
    hysteresis.push(0.9, 0, WINDOW)
    assert hysteresis.push(0.1, 90000, 90512, 90600) == Speech(False, WINDOW, 90600, RATE, 0.1, False)


def test_stopping_ends_what_is_open() -> None:
    """The end of the stream ends an utterance at its last sound, and a rise that was none yet says nothing."""
    hysteresis = machine(2 * WINDOW)
    hysteresis.push(0.9, 0, WINDOW)
    assert hysteresis.phase is Phase.RISING
    assert hysteresis.stop(WINDOW) is None
    edges(hysteresis, [0.9, 0.9, 0.1])
    assert hysteresis.stop(9000) == Speech(False, 2 * WINDOW, 9000, RATE, 0.0, False)
    assert hysteresis.stop(9000) is None


@pytest.mark.parametrize(
    ("setting", "value"),
    [("start", 0.0), ("start", 1.1), ("start", float("nan")), ("end", 0.6), ("end", -0.1), ("min_speech", -1)],
)
def test_a_setting_out_of_range_is_refused(setting: str, value: float) -> None:
    """The message names the setting."""
    settings: dict[str, Any] = {
        "rate": RATE,
        "start": 0.5,
        "end": 0.35,
        "min_speech": 0,
        "min_silence": 0,
        setting: value,
    }
    with pytest.raises(ValueError, match=setting):
        Hysteresis(**settings)


@given(SETTINGS, PROBABILITIES)
def test_begins_and_ends_alternate(hysteresis: Hysteresis, probabilities: list[float]) -> None:
    """Never an end without a begin; pauses and voices alternate inside; nothing is open after a stop."""
    found = edges(hysteresis, probabilities)
    last = hysteresis.stop(len(probabilities) * WINDOW)
    states = [(edge.active, edge.voiced) for edge in [*found, *([last] if last else [])]]
    allowed = {
        (False, False): {(True, True)},
        (True, True): {(True, False), (False, False)},
        (True, False): {(True, True), (False, False)},
    }
    for before, after in zip([(False, False), *states], states, strict=False):
        assert after in allowed[before]
    assert not states or states[-1] == (False, False)
    assert not hysteresis.active


@given(SETTINGS, PROBABILITIES)
def test_places_and_verdicts_never_go_back(hysteresis: Hysteresis, probabilities: list[float]) -> None:
    """`pts` is never after `known`, and both only grow."""
    found = edges(hysteresis, probabilities)
    assert all(0 <= edge.pts <= edge.known for edge in found)
    assert [edge.pts for edge in found] == sorted(edge.pts for edge in found)
    assert [edge.known for edge in found] == sorted(edge.known for edge in found)


@given(SETTINGS, PROBABILITIES)
def test_durations_are_kept(hysteresis: Hysteresis, probabilities: list[float]) -> None:
    """An utterance is known after min_speech of it, and its end after min_silence behind its last sound."""
    begun = False
    for edge in edges(hysteresis, probabilities):
        if edge.active and not begun:
            assert edge.known - edge.pts >= hysteresis.min_speech
        if not edge.active:
            assert edge.known - edge.pts >= hysteresis.min_silence
        begun = edge.active


@given(SETTINGS, st.floats(0, 1), st.integers(1, 100))
def test_a_constant_probability_makes_at_most_one_edge(hysteresis: Hysteresis, probability: float, count: int) -> None:
    """And that one is a begin at the first window."""
    found = edges(hysteresis, [probability] * count)
    assert [(edge.pts, edge.active, edge.voiced) for edge in found] in ([], [(0, True, True)])


@given(SETTINGS, PROBABILITIES)
def test_speech_begins_over_start_and_pauses_below_end(hysteresis: Hysteresis, probabilities: list[float]) -> None:
    """The window at a begin or a resumption is over `start`; the one at a pause or an end is below `end`."""
    for edge in edges(hysteresis, probabilities):
        probability = probabilities[edge.pts // WINDOW]
        assert probability >= hysteresis.start if edge.voiced else probability < hysteresis.end
