"""The conversation: its items, their history, and what a model is sent of it."""

from voiceflow.chat.document import from_json as from_json
from voiceflow.chat.document import to_json as to_json
from voiceflow.chat.history import History as History
from voiceflow.chat.window import ContextWindow as ContextWindow
from voiceflow.chat.window import Fitted as Fitted
from voiceflow.chat.window import SummaryPlan as SummaryPlan
from voiceflow.chat.window import estimate as estimate
