"""Adapters, one a file, each around one third party. Import them as ``voiceflow.nodes.<name>``."""

if __name__ != "voiceflow.nodes":
    raise ImportError(f"import this package as voiceflow.nodes, not as {__name__}: its classes would exist twice")
