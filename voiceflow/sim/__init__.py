"""Whole conversations in virtual time, on the real runtime, with everything that may go wrong drawn from a seed."""

from voiceflow.sim.conversation import Conversation as Conversation
from voiceflow.sim.conversation import simulate as simulate
from voiceflow.sim.generate import generate as generate
from voiceflow.sim.script import Act as Act
from voiceflow.sim.script import Fault as Fault
from voiceflow.sim.script import Script as Script
from voiceflow.sim.script import Setup as Setup
from voiceflow.sim.script import from_json as from_json
from voiceflow.sim.script import to_json as to_json
