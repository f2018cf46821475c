"""What the agent can look up: documents in a store, and the node that gives the model what fits the question."""

from voiceflow.knowledge.documents import UnreadableDocument as UnreadableDocument
from voiceflow.knowledge.embedding import Embedding as Embedding
from voiceflow.knowledge.embedding import MiniLM as MiniLM
from voiceflow.knowledge.lookup import HttpKnowledge as HttpKnowledge
from voiceflow.knowledge.lookup import Knowledge as Knowledge
from voiceflow.knowledge.lookup import StoreKnowledge as StoreKnowledge
from voiceflow.knowledge.passages import Passage as Passage
from voiceflow.knowledge.passages import passages as passages
from voiceflow.knowledge.store import Hit as Hit
from voiceflow.knowledge.store import Step as Step
from voiceflow.knowledge.store import Store as Store
from voiceflow.knowledge.store_error import StoreError as StoreError
