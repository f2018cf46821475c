"""Calls from far away: by a page, a program or a telephone, on one port. Wants `voiceflow[serve]`."""
