"""When the user is not listened to: a policy that follows what the agent does, and what the program asks for."""

from __future__ import annotations

import attrs

from voiceflow.machines.turn_settings import MutePolicy


@attrs.define
class Muting:
    """Says whether the user is muted. What the program asks for is counted, and adds to the policy."""

    policy: MutePolicy = "never"
    asked: int = attrs.field(default=0, init=False)
    tools: int = attrs.field(default=0, init=False)
    """How many of the agent's tools are at work."""
    _agent: str = attrs.field(default="listening", init=False)
    _replied: bool = attrs.field(default=False, init=False)

    def follow(self, agent: str) -> None:
        """The agent does this now: "listening", "thinking", "speaking" or "idle"."""
        self._replied = self._replied or (self._agent == "speaking" and agent != "speaking")
        self._agent = agent

    @property
    def muted(self) -> bool:
        """Whether the user is not listened to now."""
        match self.policy:
            case "until_first_reply":
                held = not self._replied
            case "while_speaking":
                held = self._agent == "speaking"
            case "while_tool_runs":
                held = self.tools > 0
            case _:
                held = False
        return held or self.asked > 0
