"""The facts: observations from every source in, one estate out, contradictions kept."""
