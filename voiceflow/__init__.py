"""Real-time voice agents as an actor graph on Trio."""
