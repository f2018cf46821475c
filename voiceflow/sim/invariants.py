"""What must hold of every conversation, whatever was done in it and whatever went wrong.

Each rule looks at what came of a conversation and yields a line for everything that is not as it must be. A line names
turns, times and places in them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import attrs

from voiceflow.items import ToolCall, ToolOutput
from voiceflow.machines.backchannels import tokens
from voiceflow.sim.conversation import Conversation
from voiceflow.sim.errands import SECRET
from voiceflow.sim.sounding import (
    history_is_what_was_heard,
    marks,
    never_speaks_over_the_user,
    no_sound_of_a_dead_turn,
)
from voiceflow.trace import Mark

Rule = Callable[[Conversation], Iterable[str]]

_MS = 1_000_000


@attrs.frozen
class Breach:
    """A rule that does not hold, and where."""

    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.what}"


def breaches(conversation: Conversation) -> list[Breach]:
    """Everything that is not as it must be; nothing, if all is well."""
    return [Breach(name, what) for name, rule in RULES.items() for what in rule(conversation)]


def it_ends(conversation: Conversation) -> Iterator[str]:
    """By itself or in the time it was given, with no error but that of a part made to fail more often than it may."""
    if conversation.hung:
        yield "the call had to be stopped"
    if conversation.over > (until := _ends_by(conversation)):
        yield f"the call was to end by {until}, and ended at {conversation.over}"
    if conversation.crash:
        yield conversation.crash
    if conversation.error and not _deserved(conversation):
        yield conversation.error
    for mark in marks(conversation, "reader.failed"):
        yield f"a reader failed at {mark.t}: {mark.values['error']}"


def _ends_by(conversation: Conversation) -> float:
    """When a call is over that the program ends: then at once, but for tools that must finish."""
    setup = conversation.script.setup
    if setup.ending == "gone":
        return math.inf
    until = setup.seconds * 1000 + (setup.close_within if setup.ending == "close" else 0)
    return max([until * _MS, *(mark.t for mark in marks(conversation, "tool.ended"))])


def _deserved(conversation: Conversation) -> bool:
    """Whether what ended the call is a part that failed as often as faults said."""
    error, failed = conversation.error, Counter(mark.node for mark in marks(conversation, "node.failed"))
    wanted = {part for part in ("vad", "stt", "detector") if f"node {part!r} failed" in error}
    return any(failed[part] > 3 and _broke(conversation, part) for part in wanted)


def _broke(conversation: Conversation, part: str) -> bool:
    return any(conversation.faults.injected[f"{part}.{kind}"] for kind in ("error", "disconnect", "refused"))


def every_turn_ends(conversation: Conversation) -> Iterator[str]:
    """Once, before the next one starts; and what was committed is answered or dropped."""
    running: int | None = None
    started, over = Counter[int | None](), Counter[int | None]()
    for mark in marks(conversation, "turn.started", "turn.ended", "turn.dropped", "turn.audible", "turn.interrupted"):
        if mark.name == "turn.started":
            if running is not None:
                yield f"turn {mark.turn} starts at {mark.t} while {running} is open"
            running = mark.turn
            started[mark.turn] += 1
        elif mark.name == "turn.ended":
            running = None
            over[mark.turn] += 1
        elif mark.name == "turn.dropped":
            over[mark.turn] += 1
        elif mark.turn != running:
            yield f"{mark.name} of turn {mark.turn} at {mark.t} while {running} is open"
    yield from (f"turn {turn} started {times} times" for turn, times in started.items() if times > 1)
    yield from (f"turn {turn} never ended" for turn in started if not over[turn])
    yield from (f"turn {turn} ended {times} times" for turn, times in over.items() if times > 1)
    for mark in marks(conversation, "turn.committed"):
        if not over[mark.turn]:
            yield f"the turn that was committed at {mark.t} was neither answered nor dropped"
    yield from (f"{said!r} is not done" for said in conversation.utterances if not said.done)


def no_word_is_lost_or_said_twice(conversation: Conversation) -> Iterator[str]:
    """A word that was recognised for good is in one item of the user."""
    script = conversation.script
    kept = Counter(
        word for item in conversation.history if item.role == "user" for word in tokens(item.text) if _counts(word)
    )
    # What is recognised when the program has ended the call is nobody's any more.
    until = script.setup.seconds * 1000 * _MS if script.setup.ending != "gone" else math.inf
    finals = {
        word
        for mark in marks(conversation, "transcript")
        if mark.values["stage"] == "final" and mark.t < until and not _unheard(conversation, mark)
        for word in tokens(str(mark.values["text"]))
        if _counts(word)
    }
    yield from (f"{word} is lost" for word in sorted(finals) if not kept[word])
    # Only a VAD tells a late final from new speech, when its interim was taken as it stood.
    if script.setup.vad and not any(name.startswith("vad.") for name in conversation.faults.injected):
        yield from (f"{word} is there {times} times" for word, times in sorted(kept.items()) if times > 1)


def _unheard(conversation: Conversation, final: Mark) -> bool:
    """Whether its last word ended while the user was not listened to."""
    changes = [mark for mark in marks(conversation, "muted") if mark.t <= int(str(final.values["end"]))]
    return bool(changes and changes[-1].values["muted"])


def _counts(word: str) -> bool:
    """Whether it is one of the words that are said once."""
    return word[0] == "k" and word[1:].isdigit()


def buffers_are_bounded(conversation: Conversation) -> Iterator[str]:
    """No wire holds more than it may, none but the line's drops anything, and no voice runs far ahead of the ear."""
    setup = conversation.script.setup
    for name, wire in conversation.wires.items():
        if wire.peak > wire.capacity:
            yield f"{name} held {wire.peak} of {wire.capacity}"
        if wire.dropped and not name.startswith("line."):
            yield f"{name} dropped {wire.dropped} frames"
    # The speaker's wire, a chunk of 0.2 s at either end of it, and a block. A device that stood still has yet to play
    # the block that it was given then, and says so when it is silenced; nobody knew of that before.
    blocks = 1 + any(fault.part == "output" for fault in conversation.script.faults)
    ahead = 0.3 + 0.2 + 0.2 + (blocks * setup.speaker_block + setup.lead) / 1000
    for mark in marks(conversation, "turn.interrupted"):
        made, heard = (float(str(mark.values[name])) for name in ("made", "heard"))
        if made - heard > ahead + 0.001:
            yield f"turn {mark.turn} was synthesised {made - heard:.3f} s ahead of the ear"


def nothing_is_left(conversation: Conversation) -> Iterator[str]:
    """No task and no thread."""
    tasks, threads = conversation.left
    if tasks or threads:
        yield f"{tasks} tasks and {threads} threads are left"


def every_call_has_one_output(conversation: Conversation) -> Iterator[str]:
    """A tool that is called answers once, whatever becomes of the turn."""
    calls = Counter(item.call for item in conversation.items if isinstance(item, ToolCall))
    outputs = Counter(item.call for item in conversation.items if isinstance(item, ToolOutput))
    for call in sorted(calls.keys() | outputs.keys()):
        if (calls[call], outputs[call]) != (1, 1):
            yield f"{calls[call]} calls {call!r} have {outputs[call]} outputs"


def an_error_stays_in_the_log(conversation: Conversation) -> Iterator[str]:
    """What a tool raised is told to nobody."""
    if SECRET in conversation.trace():
        yield "what a tool raised is told"


def both_come_to_rest(conversation: Conversation) -> Iterator[str]:
    """When a call has ended by itself, nobody is said to speak or to think."""
    states = marks(conversation, "state")
    if conversation.script.setup.ending != "gone" or conversation.error or not states:
        return
    user, agent = states[-1].values["user"], states[-1].values["agent"]
    if user == "speaking" or agent not in ("listening", "idle"):
        yield f"in the end the user is {user} and the agent {agent}"


RULES: Final[dict[str, Rule]] = {
    "it ends": it_ends,
    "every turn ends": every_turn_ends,
    "history is what was heard": history_is_what_was_heard,
    "no sound of a dead turn": no_sound_of_a_dead_turn,
    "no word is lost or said twice": no_word_is_lost_or_said_twice,
    "never speaks over the user": never_speaks_over_the_user,
    "buffers are bounded": buffers_are_bounded,
    "nothing is left": nothing_is_left,
    "every call has one output": every_call_has_one_output,
    "an error stays in the log": an_error_stays_in_the_log,
    "both come to rest": both_come_to_rest,
}
"""By name, in the order in which they are looked at."""
