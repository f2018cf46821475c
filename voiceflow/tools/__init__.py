"""Tools: functions that a model may call."""

from voiceflow.tools.context import ToolContext as ToolContext
from voiceflow.tools.context import ToolError as ToolError
from voiceflow.tools.forms import anthropic_tools as anthropic_tools
from voiceflow.tools.forms import gemini_tools as gemini_tools
from voiceflow.tools.forms import nova_tools as nova_tools
from voiceflow.tools.forms import openai_tools as openai_tools
from voiceflow.tools.forms import responses_tools as responses_tools
from voiceflow.tools.function import Effect as Effect
from voiceflow.tools.function import Tool as Tool
from voiceflow.tools.function import tool as tool
from voiceflow.tools.mismatch import Mismatch as Mismatch
from voiceflow.tools.mismatch import Problem as Problem
from voiceflow.tools.runner import ToolDone as ToolDone
from voiceflow.tools.runner import ToolEvent as ToolEvent
from voiceflow.tools.runner import ToolLetGo as ToolLetGo
from voiceflow.tools.runner import ToolProgress as ToolProgress
from voiceflow.tools.runner import ToolRunner as ToolRunner
from voiceflow.tools.runner import ToolStarted as ToolStarted
from voiceflow.tools.source import ToolSource as ToolSource
from voiceflow.tools.toolbox import Toolbox as Toolbox
from voiceflow.tools.toolbox import UnknownTool as UnknownTool
from voiceflow.tools.use import ToolUse as ToolUse
