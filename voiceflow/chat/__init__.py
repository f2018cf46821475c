"""The conversation: its items, their history, and what a model is sent of it."""

from typing import TYPE_CHECKING

from voiceflow.chat.history import History as History
from voiceflow.chat.sent import sent as sent

# A call needs its history; the forms of other protocols are for who asks for them.
if TYPE_CHECKING:
    from voiceflow.chat.anthropic_messages import AnthropicPrompt as AnthropicPrompt
    from voiceflow.chat.anthropic_messages import from_anthropic as from_anthropic
    from voiceflow.chat.anthropic_messages import to_anthropic as to_anthropic
    from voiceflow.chat.document import from_json as from_json
    from voiceflow.chat.document import to_json as to_json
    from voiceflow.chat.gemini_contents import GeminiPrompt as GeminiPrompt
    from voiceflow.chat.gemini_contents import from_gemini as from_gemini
    from voiceflow.chat.gemini_contents import to_gemini as to_gemini
    from voiceflow.chat.openai_messages import from_openai as from_openai
    from voiceflow.chat.openai_messages import to_openai as to_openai
    from voiceflow.chat.responses_input import to_responses as to_responses
    from voiceflow.chat.window import ContextWindow as ContextWindow
    from voiceflow.chat.window import Fitted as Fitted
    from voiceflow.chat.window import SummaryPlan as SummaryPlan
    from voiceflow.chat.window import estimate as estimate
else:
    from voiceflow._later import later

    __getattr__, __all__ = later(
        __name__,
        {
            "anthropic_messages": "AnthropicPrompt from_anthropic to_anthropic",
            "document": "from_json to_json",
            "gemini_contents": "GeminiPrompt from_gemini to_gemini",
            "history": "History",
            "openai_messages": "from_openai to_openai",
            "responses_input": "to_responses",
            "sent": "sent",
            "window": "ContextWindow Fitted SummaryPlan estimate",
        },
    )
