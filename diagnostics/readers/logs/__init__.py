"""Event, developer and traffic-server logs: what a node reported of its TLS connections, in one pass."""

from diagnostics.readers.logs.read import read_log

__all__ = ["read_log"]
