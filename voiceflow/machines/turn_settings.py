"""Settings of turn-taking: validated values in seconds, with their defaults."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

import attrs

from voiceflow.errors import GraphError
from voiceflow.machines.backchannels import ALWAYS, BACKCHANNELS

EndpointingMode = Literal["fixed", "threshold", "adaptive"]
InterruptionMode = Literal["vad", "stt", "hybrid", "off"]
OnHint = Literal["duck", "hold", "nothing"]
SpeculationMode = Literal["off", "llm", "llm+tts"]
MutePolicy = Literal["never", "until_first_reply", "while_speaking", "while_tool_runs"]
Validator = Callable[[Any, "attrs.Attribute[Any]", Any], None]


def ns(seconds: float) -> int:
    """Seconds as integer nanoseconds, rounded to a microsecond."""
    return round(seconds * 1e6) * 1000


def _refuse(owner: Any, name: str, value: object, expected: str, way_out: str) -> GraphError:
    group = "" if isinstance(owner, TurnSettings) else f"{type(owner).__name__.lower()}."
    return GraphError(f"{group}{name} must be {expected}; got {value!r}. {way_out}")


def _number(low: float, high: float, unit: str, *, none: bool = False) -> Validator:
    expected = f"a number from {low:g} to {high:g}{' ' + unit if unit else ''}{', or None for never' if none else ''}"

    def check(owner: Any, attribute: attrs.Attribute[Any], value: object) -> None:
        if value is None and none:
            return
        number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
        if not low <= number <= high:
            raise _refuse(owner, attribute.name, value, expected, _way_out(attribute))

    return check


def _way_out(attribute: attrs.Attribute[Any]) -> str:
    default: object = attribute.default
    return f"Leave it out for the default, {default!r}."


def _choice(kind: Any) -> Validator:
    options: tuple[str, ...] = get_args(kind)

    def check(owner: Any, attribute: attrs.Attribute[Any], value: object) -> None:
        if value not in options:
            raise _refuse(owner, attribute.name, value, f"one of {', '.join(options)}", _way_out(attribute))

    return check


def _whole(low: int, high: int) -> Validator:
    def check(owner: Any, attribute: attrs.Attribute[Any], value: object) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            expected = f"a whole number from {low} to {high}"
            raise _refuse(owner, attribute.name, value, expected, _way_out(attribute))

    return check


def _flag(owner: Any, attribute: attrs.Attribute[Any], value: object) -> None:
    if not isinstance(value, bool):
        raise _refuse(owner, attribute.name, value, "True or False", _way_out(attribute))


def _phrases(owner: Any, attribute: attrs.Attribute[Any], value: Any) -> None:
    lists: dict[object, tuple[object, ...]] = value
    for code, phrases in lists.items():
        if not isinstance(code, str) or not code or not _texts(phrases):
            raise _refuse(
                owner, attribute.name, code, "lists of phrases by language code", 'Write {"en": ["mhm", "uh huh"]}.'
            )


def _texts(phrases: tuple[object, ...]) -> bool:
    return all(isinstance(phrase, str) and phrase.strip() for phrase in phrases)


def _tuples(lists: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {code: (phrases,) if isinstance(phrases, str) else tuple(phrases) for code, phrases in dict(lists).items()}


def _not_below_min_wait(owner: Any, attribute: attrs.Attribute[Any], value: float) -> None:
    if value < owner.min_wait:
        expected = f"no shorter than min_wait ({owner.min_wait:g} seconds)"
        raise _refuse(owner, attribute.name, value, expected, "Raise max_wait or lower min_wait.")


_seconds = _number(0, 60, "seconds")


@attrs.frozen(kw_only=True)
class Endpointing:
    """When silence ends the user's turn.

    `fixed` waits `min_wait`. `threshold` waits `max_wait` when the turn detector's probability is below
    `certainty`, else `min_wait`. `adaptive` waits min_wait + (max_wait - min_wait)(1 - p). The detector has
    `deadline` seconds from when it could start; after that the turn goes on without it, with `min_wait`.

    Raises:
        GraphError: a value is out of range, or `max_wait` is shorter than `min_wait`.
    """

    mode: EndpointingMode = attrs.field(default="adaptive", validator=_choice(EndpointingMode))
    min_wait: float = attrs.field(default=0.5, validator=_seconds)
    max_wait: float = attrs.field(default=0.8, validator=[_seconds, _not_below_min_wait])
    certainty: float = attrs.field(default=0.75, validator=_number(0, 1, ""))
    deadline: float = attrs.field(default=0.15, validator=_number(0, 5, "seconds"))

    def effective_wait(self, vad_silence: float) -> float:
        """The shortest wait there can be when the VAD needs `vad_silence` seconds to call an utterance ended."""
        return max(self.min_wait, vad_silence)

    def check_silence(self, vad_silence: float) -> None:
        """Refuse a VAD that calls an utterance ended later than `min_wait` allows.

        Raises:
            GraphError: `vad_silence` (seconds) is longer than `min_wait`.
        """
        if vad_silence > self.min_wait:
            raise _refuse(
                self,
                "min_wait",
                self.min_wait,
                f"at least the VAD's silence ({vad_silence:g} seconds)",
                f"As it stands the wait is {self.effective_wait(vad_silence):g} seconds: raise min_wait to that, "
                "or shorten the VAD's silence.",
            )


@attrs.frozen(kw_only=True)
class Interruption:
    """What makes the agent stop when the user speaks.

    `vad` counts speech of `min_duration`; `stt` counts words (at least one, at least `min_words`); `hybrid`
    wants both, or speech alone when `min_words` is 0. Backchannels do not count, an `always` phrase does at
    once. Words and speech below `min_confidence` do not count. Until then, `on_hint` says what happens to the
    playback, and `release` after how much silence an unconfirmed hint is let go. With `on_hint` hold and
    `resume`, speech without words holds the playback until `false_after` past its last sample. `fade` is that
    of the speaker.

    Raises:
        GraphError: a value is out of range.
    """

    mode: InterruptionMode = attrs.field(default="hybrid", validator=_choice(InterruptionMode))
    min_duration: float = attrs.field(default=0.5, validator=_seconds)
    min_words: int = attrs.field(default=0, validator=_whole(0, 100))
    min_confidence: float = attrs.field(default=0.0, validator=_number(0, 1, ""))
    on_hint: OnHint = attrs.field(default="duck", validator=_choice(OnHint))
    release: float = attrs.field(default=0.2, validator=_number(0, 10, "seconds"))
    false_after: float = attrs.field(default=2.0, validator=_seconds)
    resume: bool = attrs.field(default=True, validator=_flag)
    fade: float = attrs.field(default=0.03, validator=_number(0, 0.4, "seconds"))
    backchannels: dict[str, tuple[str, ...]] = attrs.field(
        factory=lambda: dict(BACKCHANNELS), converter=_tuples, validator=_phrases, repr=False
    )
    always: dict[str, tuple[str, ...]] = attrs.field(
        factory=lambda: dict(ALWAYS), converter=_tuples, validator=_phrases, repr=False
    )


@attrs.frozen(kw_only=True)
class Speculation:
    """Whether a reply is begun before the turn is committed, and how often in a turn.

    Raises:
        GraphError: a value is out of range.
    """

    mode: SpeculationMode = attrs.field(default="llm", validator=_choice(SpeculationMode))
    tries: int = attrs.field(default=3, validator=_whole(1, 20))


@attrs.frozen(kw_only=True)
class TurnSettings:
    """All settings of turn-taking.

    `stall`: speech without words, or words that never become final, end their turn that long after the last
    voiced sample. `idle`: silence after the agent finished that is reported, once or `idle_repeats`. `watchdog`:
    how long a part that has work in hand may give no sign. `mute`: when the user is not listened to, by what the agent
    does: `until_first_reply` (until it has said something to its end), `while_speaking`, or `while_tool_runs`.
    `language` is that of words which name none.

    Raises:
        GraphError: a value is out of range.
    """

    endpointing: Endpointing = attrs.field(factory=Endpointing, validator=attrs.validators.instance_of(Endpointing))
    interruption: Interruption = attrs.field(factory=Interruption, validator=attrs.validators.instance_of(Interruption))
    speculation: Speculation = attrs.field(factory=Speculation, validator=attrs.validators.instance_of(Speculation))
    stall: float = attrs.field(default=2.0, validator=_number(0.1, 60, "seconds"))
    idle: float | None = attrs.field(default=None, validator=_number(0.1, 86400, "seconds", none=True))
    idle_repeats: bool = attrs.field(default=False, validator=_flag)
    watchdog: float | None = attrs.field(default=60.0, validator=_number(1, 3600, "seconds", none=True))
    mute: MutePolicy = attrs.field(default="never", validator=_choice(MutePolicy))
    language: str = attrs.field(default="en", validator=attrs.validators.instance_of(str))
