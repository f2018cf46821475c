"""A script is run and looked at: by every rule, and for the wires that it leaves behind in this process."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TypeVar

from voiceflow._wire import Wire
from voiceflow.sim.conversation import Conversation, simulate
from voiceflow.sim.invariants import Breach, breaches
from voiceflow.sim.script import Script

T = TypeVar("T")


def examine(script: Script, look: Callable[[Conversation], T]) -> tuple[T, list[Breach]]:
    """What `look` makes of what came of a script, and everything in that which is not as it must be.

    It keeps nothing of the conversation: its handles hold on to what they are of.
    """
    before = wires()
    conversation = simulate(script)
    seen, broken = look(conversation), breaches(conversation)
    del conversation
    if left := wires() - before:
        broken.append(Breach("nothing is left", f"{left} wires are left"))
    return seen, broken


def wires() -> int:
    """How many wires there are that are no older than the last `gc.freeze`."""
    gc.collect()
    return sum(type(each) is Wire for each in gc.get_objects())
