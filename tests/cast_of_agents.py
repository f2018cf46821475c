"""A model whose replies are written down for each agent, for tests of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from voiceflow import In, Node, Out, Ports, Prompt, Text
from voiceflow.items import ToolCall

Reply = tuple[str, Sequence[ToolCall]]


@attrs.define(eq=False)
class Cast(Node):
    """A model that plays the role its instructions name: the next of `roles[instructions]` each time, then "Yes."."""

    roles: Mapping[str, Sequence[Reply]]
    prompts: list[Prompt] = attrs.field(factory=list[Prompt], init=False)

    prompt = In(Prompt)
    text = Out(Text)

    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            role = next((item.text for item in prompt.messages if item.role == "system"), "")
            played = sum(self._role(each) == role for each in self.prompts)
            self.prompts.append(prompt)
            lines = self.roles.get(role, ())
            said, calls = lines[played] if played < len(lines) else ("Yes.", ())
            await ports.sleep_until(ports.now() + 100_000_000)
            await ports[self.text].send(Text(said))
            await ports.call_tools(prompt, calls)

    def _role(self, prompt: Prompt) -> str:
        return next((item.text for item in prompt.messages if item.role == "system"), "")


def call(name: str, id: str = "a") -> ToolCall:
    return ToolCall(id, name, "{}")
