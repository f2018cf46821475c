"""What must hold of what sounded, by the account of the ear: the conversation holds it, and it stops when it must."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from voiceflow.machines.backchannels import BACKCHANNELS, Phrases, tokens
from voiceflow.sim.conversation import Conversation
from voiceflow.sim.ear import Heard
from voiceflow.sim.line import WINDOW, Stretch
from voiceflow.trace import Mark

_MS: Final = 1_000_000


def marks(conversation: Conversation, *names: str) -> list[Mark]:
    """The marks of these names, in their order."""
    return [mark for mark in conversation.marks if mark.name in names]


def history_is_what_was_heard(conversation: Conversation) -> Iterator[str]:
    """Each reply holds the words that sounded, by the account of the ear; and the history holds each reply once."""
    told: list[str] = []
    for mark in marks(conversation, "turn.ended"):
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
    whole = _whole(conversation, turn)
    if not whole - 1 <= len(words) <= len(sounded) + _unsure(conversation):
        yield f"turn {turn} holds {len(words)} words; {len(sounded)} began to sound, {whole} sounded to their end"


def _unsure(conversation: Conversation) -> int:
    """How many words more may be thought heard: a device that stood still, and noise in a voice, are not known of."""
    shortest = 160 * _MS
    noise = conversation.faults.injected["tts.garbage"] > 0
    return -(-_stalled(conversation) // shortest) + noise


def _whole(conversation: Conversation, turn: int) -> int:
    """How many words of a turn sounded to their end."""
    entries = {entry.place: entry for entry in conversation.book.words(turn)}
    full = Counter[int]()
    for each in conversation.ear.heard:
        if _turn(conversation, each) == turn:
            full[conversation.book.entries[each.code].place] += each.end - each.start
    return sum(full[place] >= entry.ms * _MS for place, entry in entries.items())


def _turn(conversation: Conversation, each: Heard) -> int:
    return conversation.book.entries[each.code].turn


def no_sound_of_a_dead_turn(conversation: Conversation) -> Iterator[str]:
    """What sounds belongs to the turn that is open; turns do not mix."""
    ends = {mark.turn: mark.t for mark in marks(conversation, "turn.ended", "turn.interrupted")}
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


_LISTENING: Final = Phrases.of(BACKCHANNELS)


def never_speaks_over_the_user(conversation: Conversation) -> Iterator[str]:
    """Longer than the settings allow, where a voice alone interrupts."""
    setup = conversation.script.setup
    by_voice = setup.interruption == "vad" or (setup.interruption == "hybrid" and setup.min_words == 0)
    harmless = {"vad.duplicate"}  # a verdict that comes twice comes in time
    others = {name for name in conversation.faults.injected if name not in harmless}
    touched = any(name.startswith(("line.", "vad.", "output.")) for name in others)
    if not (setup.vad and by_voice) or touched or setup.mute != "never" or marks(conversation, "muted"):
        return
    protected = {said.id for said in conversation.utterances if not said.interruptible}
    # The VAD's verdict comes with the block in which its window ends.
    allowed = max(setup.min_duration, setup.block + WINDOW) * _MS + _MS
    for stretch in conversation.line.stretches:
        start = _insists_from(conversation, stretch)
        for turn, spoken in sorted(_spoken_between(conversation, start, stretch.end * _MS).items()):
            if turn not in protected and spoken > allowed:
                yield f"turn {turn} speaks for {spoken // _MS} ms over the user, from {start // _MS} ms"


def _insists_from(conversation: Conversation, stretch: Stretch) -> int:
    """Where the voice of a stretch is no listener's any more: behind the listening sounds recognised in it."""
    start, end = stretch.start * _MS, stretch.end * _MS
    if conversation.script.setup.interruption == "vad":
        return start
    heard = (mark for mark in marks(conversation, "transcript") if start <= mark.t <= end)
    listening = (mark for mark in heard if _LISTENING.all_of(tokens(str(mark.values["text"])), "en"))
    return max([start, *(int(str(mark.values["end"])) for mark in listening)])


def _spoken_between(conversation: Conversation, start: int, end: int) -> Mapping[int, int]:
    """For how many nanoseconds each turn sounded from `start` to `end`."""
    found = Counter[int]()
    for each in conversation.ear.heard:
        within = min(each.end, end) - max(each.start, start)
        if within > 0:
            found[_turn(conversation, each)] += within
    return found
