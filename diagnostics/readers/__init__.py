"""The bytes of one file -> observations, each with file, member and line. Suspicious, and bounded before reading."""

from diagnostics.readers.base import FileReading, Kind, Limits, Outcome, Problem, ProblemCode, Reading, SourceFile
from diagnostics.readers.walk import read

__all__ = [
    "FileReading",
    "Kind",
    "Limits",
    "Outcome",
    "Problem",
    "ProblemCode",
    "Reading",
    "SourceFile",
    "read",
]
