"""A diagnosis -> one document -> the report in words, as JSON or text; redaction."""
