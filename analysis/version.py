"""The version: here alone, and for who cites it in CITATION.cff."""

__version__ = "0.1.0"
