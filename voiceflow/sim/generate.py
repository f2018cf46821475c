"""Draws a script from a seed: who calls, how the agent is set, what is said, and what goes wrong."""

from __future__ import annotations

import math
from collections.abc import Sequence
from random import Random
from typing import TypeVar

import attrs

from voiceflow.sim.script import FAULTS, Act, Fault, Script, Setup, When
from voiceflow.sim.speaking import WORDS

T = TypeVar("T")

LISTENING = ("mhm", "yeah", "uh huh", "okay", "right")
"""What a listener says."""
_ALWAYS = ("stop", "wait", "no")


def generate(seed: int, *, seconds: int = 60, faults: float = 2.0) -> Script:
    """The script of a seed: a call of so many seconds with so many faults, on the average."""
    random = Random(f"script {seed}")
    setup = _setup(random, seconds)
    talk = _Talk(random)
    first, *others = (talk.act() for _ in range(max(1, seconds // 4)))
    acts = (attrs.evolve(first, on="then"), *others)  # there is nothing yet that it could wait for
    if not setup.vad and random.random() < 0.5:
        acts = tuple(act for act in acts if act.do != "noise")
    return Script(seed, setup, acts, _faults(random, setup, faults))


def _setup(random: Random, seconds: int) -> Setup:
    min_wait = random.choice((340, 500, 500, 700))
    setup = Setup(
        seconds=seconds,
        ending=_mostly(random, "gone", ("close", "leave", "cancel"), 0.3),
        close_within=random.choice((0, 500, 2_000, 8_000)),
        vad=random.random() < 0.9,
        detector=random.random() < 0.4,
        fallback=random.random() < 0.4,
        timed=random.random() < 0.6,
        block=random.choice((120, 160, 200)),
        speaker_block=random.choice((100, 100, 200)),
        lead=random.choice((0, 0, 40, 120)),
        vad_silence=random.choice((200, 320)),
        stt_latency=random.choice((80, 200, 400)),
        detector_latency=random.choice((30, 60, 200)),
        llm_latency=random.choice((100, 250, 600)),
        token_latency=random.choice((5, 20, 60)),
        tts_latency=random.choice((60, 150, 400)),
        tool_latency=random.choice((50, 300, 1_500)),
        calls=random.choice((0, 0, 20, 50)),
        endpointing=random.choice(("fixed", "threshold", "adaptive")),
        min_wait=min_wait,
        max_wait=min_wait + random.choice((0, 300, 1_000)),
        interruption=_mostly(random, "hybrid", ("vad", "stt", "off"), 0.3),
        min_duration=random.choice((240, 500, 500, 800)),
        min_words=random.choice((0, 0, 0, 1, 3)),
        on_hint=_mostly(random, "duck", ("hold", "nothing"), 0.4),
        release=random.choice((120, 200, 400)),
        false_after=random.choice((600, 2_000)),
        resume=random.random() < 0.8,
        speculation=random.choice(("off", "llm", "llm+tts")),
        mute=_mostly(random, "never", ("until_first_reply", "while_speaking", "while_tool_runs"), 0.1),
        stall=random.choice((1_000, 2_000)),
        idle=random.choice((0, 0, 3_000)),
        watchdog=random.choice((8_000, 20_000)),
    )
    # How far a voice came that does not tell where its words begin can only be guessed by the voice that takes over.
    return attrs.evolve(setup, timed=setup.timed or setup.fallback)


def _mostly(random: Random, usual: T, others: Sequence[T], share: float) -> T:
    return random.choice(others) if random.random() < share else usual


class _Talk:
    """What is said; each utterance has a word of its own, so that it is known where it went."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._said = 0

    def act(self) -> Act:
        random = self._random
        draw = random.choices(
            (self._turn, self._barge_in, self._backchannel, self._noise, self._program, self._silence),
            (60, 14, 8, 6, 8, 4),
        )[0]
        return draw()

    def _after(self, median: int) -> int:
        return min(9_000, round(median * self._random.lognormvariate(0.0, 0.6)))

    def _words(self, most: int) -> list[str | int]:
        """An utterance of one word to many, some of them behind a pause."""
        random = self._random
        self._said += 1
        words: list[str | int] = [random.choice(WORDS) for _ in range(min(most, 1 + int(random.expovariate(0.2))))]
        words[random.randrange(len(words))] = f"k{self._said}"
        if random.random() < 0.3 and len(words) > 1:
            words.insert(random.randrange(1, len(words)), random.choice((120, 300, 600, 1_200)))
        return words

    def _turn(self) -> Act:
        on: When = "then" if self._random.random() < 0.08 else "ended"
        return Act("speak", on, self._after(600), tuple(self._words(14)))

    def _barge_in(self) -> Act:
        words = self._words(10)
        if self._random.random() < 0.3:
            words.insert(0, self._random.choice(_ALWAYS))
        return Act("speak", "audible", self._after(900), tuple(words))

    def _backchannel(self) -> Act:
        return Act("speak", "audible", self._after(700), tuple(self._random.choice(LISTENING).split()))

    def _noise(self) -> Act:
        on: When = self._random.choice(("then", "audible", "ended"))
        return Act("noise", on, self._after(500), ms=self._random.choice((80, 200, 400, 1_000, 2_500)))

    def _program(self) -> Act:
        random = self._random
        on: When = random.choice(("then", "audible", "ended"))
        after = self._after(500)
        match random.randrange(5):
            case 0:
                return Act("type", on, after, tuple(self._words(5)))
            case 1 | 2:
                words = (*random.choices(WORDS, k=random.randint(2, 12)), "done.")
                return Act(random.choice(("say", "protect")), on, after, words)
            case 3:
                return Act(random.choice(("stop", "force")), on, after)
            case _:
                return Act("mute", on, after, ms=random.choice((500, 2_000, 6_000)))

    def _silence(self) -> Act:
        return Act("noise", "then", self._random.choice((3_000, 5_000)), ms=0)


def _faults(random: Random, setup: Setup, mean: float) -> tuple[Fault, ...]:
    return tuple(_fault(random, setup) for _ in range(_poisson(random, mean)))


def _fault(random: Random, setup: Setup) -> Fault:
    part = random.choice(tuple(FAULTS))
    kind = random.choice(FAULTS[part])
    jobs = {"line": setup.seconds, "output": setup.seconds * 4, "tool": 3}.get(part, max(2, setup.seconds // 6))
    at = random.choice((0, 0, 50, random.randint(1, 99), 100))
    ms = random.choice((20, 200, 500, 1_500, 4_000, 12_000 if part in ("llm", "tts", "stt") else 1_000))
    return Fault(part, kind, random.randrange(jobs), at, ms if part != "output" else min(ms, 1_500))


def _poisson(random: Random, mean: float) -> int:
    """Knuth's way."""
    number, product, limit = 0, random.random(), math.exp(-mean)
    while product > limit:
        number += 1
        product *= random.random()
    return number
