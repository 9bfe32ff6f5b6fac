"""What is wrong with the form of a file, in the words that a person sees."""

from collections.abc import Mapping

from diagnostics.reports.flaw_wordings import FLAWS


def words_of(params: Mapping[str, str]) -> str:
    """Of the parameters of a problem; fails where the words name one that is not there."""
    said = FLAWS[params["flaw"]].format(**params)
    return f"{params['sheet']}: {said}" if "sheet" in params else said
