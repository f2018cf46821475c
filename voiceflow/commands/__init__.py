"""The commands of `voiceflow`, one a file, each loaded when it is asked for (see `voiceflow.cli`)."""
