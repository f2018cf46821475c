"""Ready-made graphs: ``build(...) -> Graph`` functions. Import them as ``voiceflow.graphs.<name>``."""

if __name__ != "voiceflow.graphs":
    raise ImportError(f"import this package as voiceflow.graphs, not as {__name__}: its classes would exist twice")
