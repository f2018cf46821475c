"""What must hold of every conversation, whatever was done in it and whatever went wrong.

Each rule looks at what came of a conversation and yields a line for everything that is not as it must be. A line names
turns, times and places in them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import attrs

from voiceflow.items import ToolCall, ToolOutput
from voiceflow.machines.backchannels import BACKCHANNELS, Phrases, tokens
from voiceflow.sim.conversation import Conversation
from voiceflow.sim.ear import Heard
from voiceflow.sim.errands import SECRET
from voiceflow.sim.line import WINDOW, Stretch
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


def _marks(conversation: Conversation, *names: str) -> list[Mark]:
    return [mark for mark in conversation.marks if mark.name in names]


def it_ends(conversation: Conversation) -> Iterator[str]:
    """By itself, with no other error than that of a part that was made to fail more often than it may."""
    if conversation.hung:
        yield "the call had to be stopped"
    if conversation.crash:
        yield conversation.crash
    if conversation.error and not _deserved(conversation):
        yield conversation.error
    for mark in _marks(conversation, "reader.failed"):
        yield f"a reader failed at {mark.t}: {mark.values['error']}"


def _deserved(conversation: Conversation) -> bool:
    """Whether what ended the call is a part that failed as often as faults said."""
    error, failed = conversation.error, Counter(mark.node for mark in _marks(conversation, "node.failed"))
    wanted = {part for part in ("vad", "stt", "detector") if f"node {part!r} failed" in error}
    return any(failed[part] > 3 and _broke(conversation, part) for part in wanted)


def _broke(conversation: Conversation, part: str) -> bool:
    return any(conversation.faults.injected[f"{part}.{kind}"] for kind in ("error", "disconnect", "refused"))


def every_turn_ends(conversation: Conversation) -> Iterator[str]:
    """Once, before the next one starts; and what was committed is answered or dropped."""
    running: int | None = None
    started, over = Counter[int | None](), Counter[int | None]()
    for mark in _marks(conversation, "turn.started", "turn.ended", "turn.dropped", "turn.audible", "turn.interrupted"):
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
    for mark in _marks(conversation, "turn.committed"):
        if not over[mark.turn]:
            yield f"the turn that was committed at {mark.t} was neither answered nor dropped"
    yield from (f"{said!r} is not done" for said in conversation.utterances if not said.done)


def history_is_what_was_heard(conversation: Conversation) -> Iterator[str]:
    """Each reply holds the words that sounded, by the account of the ear; and the history holds each reply once."""
    told: list[str] = []
    for mark in _marks(conversation, "turn.ended"):
        text = str(mark.values["text"])
        told += [text] if text else []
        assert mark.turn is not None
        yield from _as_heard(conversation, mark.turn, text)
    kept = [item.text for item in conversation.history if item.role == "assistant"]
    if kept != told:
        yield f"{len(kept)} replies are kept, {len(told)} were heard, or not the same ones"
    places = [item.sequence for item in conversation.history]
    if places != sorted(set(places)):
        yield "the items are not in one order"


def _as_heard(conversation: Conversation, turn: int, text: str) -> Iterator[str]:
    words = text.split()
    entries = conversation.book.words(turn)
    sounded = conversation.ear.of_turn(turn)
    if [place for place, _ in sounded] != list(range(len(sounded))):
        yield f"of turn {turn} the words {[place for place, _ in sounded]} sounded"
    if words != [entry.word for entry in entries[: len(words)]]:
        yield f"turn {turn} holds other words than were said"
    slack = _slack(conversation, turn)
    whole = _whole(conversation, turn, slack)
    if not whole - 1 <= len(words) <= len(sounded) + _unsure(conversation):
        yield f"turn {turn} holds {len(words)} words; {len(sounded)} began to sound, {whole} sounded to their end"


def _unsure(conversation: Conversation) -> int:
    """How many words more may be thought heard: a device that stood still, and noise in a voice, are not known of."""
    shortest = 160 * _MS
    noise = conversation.faults.injected["tts.garbage"] > 0
    return -(-_stalled(conversation) // shortest) + noise


def _slack(conversation: Conversation, turn: int) -> int:
    """By how much the ear may be ahead of what is known, in nanoseconds.

    A device that holds a block when playback is held plays it to its end; one that stalls is later than it said.
    """
    held = any(mark.turn == turn for mark in _marks(conversation, "hold"))
    return conversation.script.setup.speaker_block * _MS if held else 0


def _whole(conversation: Conversation, turn: int, slack: int) -> int:
    """How many words of a turn sounded to their end, so long before the last sample of it."""
    entries = {entry.place: entry for entry in conversation.book.words(turn)}
    last = max((each.end for each in conversation.ear.heard if _turn(conversation, each) == turn), default=0)
    full = Counter[int]()
    for each in conversation.ear.heard:
        if _turn(conversation, each) == turn:
            end = min(each.end, last - slack)
            full[conversation.book.entries[each.code].place] += max(0, end - each.start)
    return sum(full[place] >= entry.ms * _MS for place, entry in entries.items())


def _turn(conversation: Conversation, each: Heard) -> int:
    return conversation.book.entries[each.code].turn


def no_sound_of_a_dead_turn(conversation: Conversation) -> Iterator[str]:
    """What sounds belongs to the turn that is open; turns do not mix."""
    ends = {mark.turn: mark.t for mark in _marks(conversation, "turn.ended", "turn.interrupted")}
    late = _stalled(conversation)
    before = 0
    for each in conversation.ear.heard:
        turn = _turn(conversation, each)
        if not turn:
            continue
        if turn < before:
            yield f"a word of turn {turn} sounds at {each.start}, behind turn {before}"
        before = turn
        if turn in ends and each.end > ends[turn] + late + _MS:
            yield f"turn {turn} is over at {ends[turn]} and sounds until {each.end}"


def _stalled(conversation: Conversation) -> int:
    """For how many nanoseconds the device stood still, at most. One that has run dry meanwhile fills its lead anew."""
    script = conversation.script
    return sum(fault.ms + script.setup.lead for fault in script.faults if fault.part == "output") * _MS


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
        for mark in _marks(conversation, "transcript")
        if mark.values["stage"] == "final" and mark.t < until
        for word in tokens(str(mark.values["text"]))
        if _counts(word)
    }
    deaf = script.setup.mute != "never" or bool(_marks(conversation, "muted"))
    yield from (f"{word} is lost" for word in sorted(finals) if not kept[word] and not deaf)
    # Only a VAD tells a late final from new speech, when its interim was taken as it stood.
    if script.setup.vad and not any(name.startswith("vad.") for name in conversation.faults.injected):
        yield from (f"{word} is there {times} times" for word, times in sorted(kept.items()) if times > 1)


def _counts(word: str) -> bool:
    """Whether it is one of the words that are said once."""
    return word[0] == "k" and word[1:].isdigit()


_LISTENING: Final = Phrases.of(BACKCHANNELS)


def never_speaks_over_the_user(conversation: Conversation) -> Iterator[str]:
    """Longer than the settings allow, where a voice alone interrupts."""
    setup = conversation.script.setup
    by_voice = setup.interruption == "vad" or (setup.interruption == "hybrid" and setup.min_words == 0)
    touched = {fault.part for fault in conversation.script.faults} & {"line", "vad", "output"}
    if not (setup.vad and by_voice) or touched or setup.mute != "never" or _marks(conversation, "muted"):
        return
    protected = {said.id for said in conversation.utterances if not said.interruptible}
    # The VAD's verdict comes with the block in which its window ends.
    allowed = (max(setup.min_duration, setup.block + WINDOW) + setup.block + 1) * _MS
    for stretch in conversation.line.stretches:
        if setup.interruption == "hybrid" and _listens(stretch):
            continue
        for turn, spoken in sorted(_spoken_within(conversation, stretch).items()):
            if turn not in protected and spoken > allowed:
                yield f"turn {turn} speaks for {spoken // _MS} ms over the user, from {stretch.start} ms"


def _listens(stretch: Stretch) -> bool:
    """Whether there is something in it that a listener says: until more comes it is taken for that."""
    return any(_LISTENING.all_of(tokens(word), "en") for word in stretch.words)


def _spoken_within(conversation: Conversation, stretch: Stretch) -> Mapping[int, int]:
    found = Counter[int]()
    for each in conversation.ear.heard:
        within = min(each.end, stretch.end * _MS) - max(each.start, stretch.start * _MS)
        if within > 0:
            found[_turn(conversation, each)] += within
    return found


def buffers_are_bounded(conversation: Conversation) -> Iterator[str]:
    """No wire holds more than it may, none but the line's drops anything, and no voice runs far ahead of the ear."""
    setup = conversation.script.setup
    for name, wire in conversation.wires.items():
        if wire.peak > wire.capacity:
            yield f"{name} held {wire.peak} of {wire.capacity}"
        if wire.dropped and not name.startswith("line."):
            yield f"{name} dropped {wire.dropped} frames"
    # The speaker's wire, a chunk of 0.2 s at either end of it, and a block.
    ahead = 0.3 + 0.2 + 0.2 + (setup.speaker_block + setup.lead) / 1000
    for mark in _marks(conversation, "turn.interrupted"):
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
    states = _marks(conversation, "state")
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
