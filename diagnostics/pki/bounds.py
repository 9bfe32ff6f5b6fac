"""How much of one file is looked at in this room. Each bound in this one place, with its reason.

The bytes of a file, and the certificates in it, are the caller's to bound (`readers.base.Limits`); rounds of key
derivation are bounded beside what they cost (`pkcs12.MOST_ROUNDS`).
"""

KIB = 1024

# Bytes of one certificate. One with 1,000 names has 40 kB, one signed with SLH-DSA 50 kB; facts of the largest that is
# let in are read in a tenth of a second.
LARGEST_CERTIFICATE = 256 * KIB

# Names, addresses and URLs that one extension may list. Public CAs stop at some 1,000 names.
MOST_NAMES = 5_000

# Attributes of one subject or issuer. A long one has 15.
MOST_ATTRIBUTES = 500

# Bytes of one private key that is looked into for its public half. RSA with 16,384 bits, the most that OpenSSL computes
# with, has 9.5 kB; a longer one is noticed and left.
LARGEST_PRIVATE_KEY = 64 * KIB

# Faults, keys, CRLs and requests kept of one file; a file with more of them was made to tie us up.
MOST_OTHERS = 1_000

# Bytes of a locked PKCS#12 container that is kept until somebody gives its password. All public CAs together have 1 MB.
LARGEST_LOCKED = 4096 * KIB

# Encrypted parts of one PKCS#12 container, each of which is tried with every password. Programs write one or two.
MOST_ENCRYPTED_PARTS = 20

# Wrappings in one another (UTF-16 round base64 round PEM); nobody is known to hand over more than two.
MOST_WRAPPINGS = 4

# What armourless text is tried on: bytes decoded without a certificate coming out, as a multiple of the file's size. Words
# that merely look like base64 or hexadecimal are then dealt with in time that grows with the file and no faster.
WASTED_BYTES = 4

# Entries of a Java keystore or serialized store that are walked over; Java's own list of CAs has 144.
MOST_ENTRIES = 20_000

# Bytes in which escapes (\\n, &#13;, %2B) are looked for: each costs far more memory than the letters it stands for.
LONGEST_ESCAPED = 1024 * KIB

# Values directly inside one ASN.1 value; a certificate with 1,000 names has 1,000.
MOST_CHILDREN = 100_000
