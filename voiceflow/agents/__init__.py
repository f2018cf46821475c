"""Agents: who speaks in a call, and how one hands over to another."""

from voiceflow.agents.agent import PERSONA as PERSONA
from voiceflow.agents.agent import Agent as Agent
from voiceflow.agents.task import GaveUp as GaveUp
from voiceflow.agents.task import Task as Task
from voiceflow.agents.transfer import Context as Context
from voiceflow.agents.transfer import Transfer as Transfer
