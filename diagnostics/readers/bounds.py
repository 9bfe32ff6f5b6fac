"""Bounds on archives that nobody sets, each with its reason; those that a caller may set are `base.Limits`.

What a reader of one kind bounds beyond that stands in its own module, and what certificates may cost in `pki.bounds`.
"""

KIB = 1024
MIB = 1024 * KIB

# The directory of a zip, which zipfile holds in memory: about 200,000 entries.
LARGEST_DIRECTORY = 16 * MIB

# One extended header of a tar, held in memory. Real ones have some hundred bytes.
LONGEST_TAR_HEADER = 1 * MIB

# gzip, bzip2 or xz streams one behind the other. bgzip begins one for every 64 KiB, an attacker one for every 14 bytes.
MOST_STREAMS = 20_000

# A field of a gzip header: file name and comment have no bound of their own (RFC 1952, 2.3).
LONGEST_GZIP_FIELD = 64 * KIB

# What unfolding xz may take. `xz -9` needs 65 MiB; a header may ask for 1.5 GiB.
XZ_MEMORY = 96 * MIB
