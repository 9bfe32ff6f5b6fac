"""The engine: what X.509 and Cisco Expressway have to say about the files at hand. Knows no server and no database."""

__version__ = "0.1.0"
