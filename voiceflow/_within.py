"""What the nodes and tools of a turn may do to the conversation that they are in: say something, hand over, wait."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import trio

from voiceflow._opening import Opening, in_words
from voiceflow._rounds import Agents
from voiceflow._turn import Turn
from voiceflow.agents.transfer import Transfer
from voiceflow.errors import VoiceflowError
from voiceflow.utterance import Utterance


@attrs.define(eq=False)
class Within:
    """Serves the turns of one session from inside."""

    agents: Agents
    turns: Callable[[], list[Turn]]
    """Those that are at work and not stopped."""
    can: Callable[[Opening], bool]
    """Whether the graph has a way for what begins so."""
    aside: Callable[[Turn, Opening, bool], Utterance]
    """Makes what is said in the middle of a turn; whether it can be interrupted."""

    def say(self, opening: Opening, interruptible: bool) -> Utterance | None:
        """For a task that writes a reply: put something into the middle of that. None when it writes none."""
        task = trio.lowlevel.current_task()
        for turn in self.turns():
            if turn.writes_in(task):
                aside = self.aside(turn, opening, interruptible)
                if turn.say(opening, aside):
                    return aside
        return None

    def say_in(self, turn: Turn, text: str) -> None:
        """Say a text in the middle of a turn, or not at all when that is over."""
        opening = in_words(text, self.can)
        if opening is not None and turn in self.turns():
            turn.say(opening, self.aside(turn, opening, True))

    async def hand_over(self, utterance: Utterance, turn: Turn, transfer: Transfer) -> None:
        """Another agent goes on, unless the turn that said so is over; what it let go may say so later."""

        def refusal() -> str:
            if turn not in self.turns() and not turn.rounds.aside:
                return "There was no hand-off: the user interrupted."
            return "" if self.agents.agent is turn.rounds.agent else "Another agent goes on already."

        await self.agents.hand_over(transfer, utterance, refusal)

    def may_wait(self, utterance: Utterance | None = None) -> None:
        """Refuse to let a node of a turn wait for the end of its own turn, or for what comes after it.

        Raises:
            VoiceflowError: it would wait for ever.
        """
        task = trio.lowlevel.current_task()
        for turn in self.turns():
            if turn.runs_in(task) and not (utterance is not None and turn.says(utterance)):
                raise VoiceflowError(
                    f"a node of turn {turn.id} waits for what is said when that turn is over, and so would wait for "
                    "ever; go on without waiting, or say() it from the node that writes the reply"
                )
