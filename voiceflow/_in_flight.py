"""What of the work in flight the next incarnation of a node is given: all that is not done yet, and nothing twice."""

from __future__ import annotations

from collections import deque

from voiceflow._inbox import Inbox
from voiceflow._outbox import Outbox
from voiceflow.frames import Frame, Phrase, Prompt, Spoken, Text
from voiceflow.machines.ledger import Ledger
from voiceflow.machines.takeover import broken_off, continued, unsaid


def pass_on(inbox: Inbox, outbox: Outbox, kind: type[Frame]) -> bool:
    """Give another what is left to do of what is in flight. Whether that can be said: for a model and for a voice."""
    last = inbox.pending[-1] if inbox.pending else None
    if isinstance(last, Prompt) and kind is Text:
        written = "".join(frame.text for frame in outbox.sent if isinstance(frame, Text))
        inbox.pending[-1] = prompt = continued(last, written)
        outbox.pass_on(broken_off(prompt))
    elif isinstance(last, Phrase) and kind is Spoken:
        phrases = [frame for frame in inbox.pending if isinstance(frame, Phrase)]
        sound = [frame for frame in outbox.sent if isinstance(frame, Spoken)]
        inbox.pending = deque(unsaid(phrases, sound, outbox.sound or Ledger(1)))
        outbox.pass_on()
    else:
        return False
    inbox.rewind()
    return True


def leave_out_said(inbox: Inbox, outbox: Outbox) -> None:
    """A phrase whose last sample was sent is said: it is not given again, for it might be longer then."""
    sound = [frame for frame in outbox.sent if isinstance(frame, Spoken)]
    whole = max((n for n, chunk in enumerate(sound, 1) if chunk.last), default=0)
    if whole and inbox.pending and isinstance(inbox.pending[0], Phrase):
        for _ in range(sum(chunk.last for chunk in sound)):
            inbox.pending.popleft()
        outbox.progress = sum(len(chunk.samples) for chunk in sound[whole:])
