"""`voiceflow models`: which models there are, where they lie, bring one here, is it right."""

from voiceflow.models._cli import add_arguments as add_arguments
from voiceflow.models._cli import main as main

HELP = "List, fetch, find and check models."  # its arguments bring more
