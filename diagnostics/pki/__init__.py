"""X.509 and nothing else: facts of certificates, loading, names, paths, the verdict, revocation."""
