"""Flows: conversations that go from step to step."""

from voiceflow.flow.checkpoints import Checkpoint as Checkpoint
from voiceflow.flow.checkpoints import Checkpoints as Checkpoints
from voiceflow.flow.checkpoints import FileCheckpoints as FileCheckpoints
from voiceflow.flow.checkpoints import MemoryCheckpoints as MemoryCheckpoints
from voiceflow.flow.checkpoints import SqliteCheckpoints as SqliteCheckpoints
from voiceflow.flow.flow import Flow as Flow
from voiceflow.flow.node import FlowNode as FlowNode
from voiceflow.flow.points import PointError as PointError
from voiceflow.flow.spoken_answer import Extracted as Extracted
from voiceflow.flow.spoken_answer import SpokenAnswer as SpokenAnswer
from voiceflow.machines.flow_point import Point as Point
from voiceflow.machines.flow_steps import BACK as BACK
from voiceflow.machines.flow_steps import Ask as Ask
from voiceflow.machines.flow_steps import Do as Do
from voiceflow.machines.flow_steps import End as End
from voiceflow.machines.flow_steps import Interrupt as Interrupt
from voiceflow.machines.flow_steps import Pause as Pause
from voiceflow.machines.flow_steps import Refused as Refused
from voiceflow.machines.flow_steps import Route as Route
from voiceflow.machines.flow_steps import Say as Say
from voiceflow.machines.flow_steps import Split as Split
from voiceflow.machines.flow_steps import Step as Step
