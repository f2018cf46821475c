"""Agents: who speaks in a call, and how one hands over to another."""

from voiceflow.agents.agent import PERSONA as PERSONA
from voiceflow.agents.agent import Agent as Agent
from voiceflow.agents.collect import Collect as Collect
from voiceflow.agents.collect_values import AskYesNo as AskYesNo
from voiceflow.agents.collect_values import CollectAddress as CollectAddress
from voiceflow.agents.collect_values import CollectDate as CollectDate
from voiceflow.agents.collect_values import CollectDigits as CollectDigits
from voiceflow.agents.collect_values import CollectEmail as CollectEmail
from voiceflow.agents.collect_values import CollectName as CollectName
from voiceflow.agents.collect_values import CollectPhone as CollectPhone
from voiceflow.agents.task import GaveUp as GaveUp
from voiceflow.agents.task import Task as Task
from voiceflow.agents.transfer import Context as Context
from voiceflow.agents.transfer import Ended as Ended
from voiceflow.agents.transfer import Transfer as Transfer
from voiceflow.machines.spoken_values import Unclear as Unclear
