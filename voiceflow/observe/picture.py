"""From the turns of a trace to the picture of a conversation."""

from __future__ import annotations

import attrs

from voiceflow.observe.timeline import Stage, Timeline, TurnPicture, Utterance
from voiceflow.observe.waterfall import TurnTimes, Waterfall

_SECOND = 1_000_000_000


def timeline(waterfall: Waterfall, title: str = "Conversation", *, words: bool = True) -> Timeline:
    """What is drawn of a call: its turns in their order, with their words if `words`."""
    turns = (turn if words else attrs.evolve(turn, user="", heard="", written="") for turn in waterfall.turns.values())
    return Timeline(tuple(_turn(turn) for turn in sorted(turns, key=lambda turn: turn.turn)), title)


def _turn(turn: TurnTimes) -> TurnPicture:
    stages = tuple(Stage(name, seconds) for name, seconds in turn.stages())
    cut = None if turn.interrupted is None else turn.interrupted / _SECOND
    return TurnPicture(turn.turn, _caller(turn), _agent(turn), stages if turn.audible is not None else (), cut)


def _caller(turn: TurnTimes) -> tuple[Utterance, ...]:
    """The user's words stand with the longest stretch of the speech that they were heard in."""
    if not turn.speech:
        return ()
    longest = max(turn.speech, key=lambda span: span[1] - span[0])
    return tuple(
        Utterance(begin / _SECOND, end / _SECOND, turn.user if (begin, end) == longest else "")
        for begin, end in turn.speech
    )


def _agent(turn: TurnTimes) -> tuple[Utterance, ...]:
    end = turn.interrupted or turn.ended
    if turn.audible is None or end is None:
        return ()
    return (Utterance(turn.audible / _SECOND, end / _SECOND, turn.heard, turn.unheard),)
