"""The conversation: messages and their history."""

from voiceflow.chat.history import History as History
