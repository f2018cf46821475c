"""The conversation: its items, their history, and what a model is sent of it."""

from voiceflow.chat.anthropic_messages import AnthropicPrompt as AnthropicPrompt
from voiceflow.chat.anthropic_messages import from_anthropic as from_anthropic
from voiceflow.chat.anthropic_messages import to_anthropic as to_anthropic
from voiceflow.chat.document import from_json as from_json
from voiceflow.chat.document import to_json as to_json
from voiceflow.chat.gemini_contents import GeminiPrompt as GeminiPrompt
from voiceflow.chat.gemini_contents import from_gemini as from_gemini
from voiceflow.chat.gemini_contents import to_gemini as to_gemini
from voiceflow.chat.history import History as History
from voiceflow.chat.openai_messages import from_openai as from_openai
from voiceflow.chat.openai_messages import to_openai as to_openai
from voiceflow.chat.sent import sent as sent
from voiceflow.chat.window import ContextWindow as ContextWindow
from voiceflow.chat.window import Fitted as Fitted
from voiceflow.chat.window import SummaryPlan as SummaryPlan
from voiceflow.chat.window import estimate as estimate
