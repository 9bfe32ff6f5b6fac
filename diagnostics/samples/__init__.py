"""Estates made on the spot: certificates, dumps, archives. For the sample a visitor opens, and for every test.

Nothing here is read from a file and nothing is ever out of date: `healthy.healthy` gives a plan in which everything is
right, a test (or `broken`) spoils one thing, and `artefacts` turns the plan into the files that a customer would bring.
"""
