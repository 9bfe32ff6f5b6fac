"""What can go wrong in this room. A library's exception becomes one of these at the border."""


class PkiError(Exception):
    """Base of the family."""


class NotACertificate(PkiError):
    """Neither cryptography nor OpenSSL could load the bytes as a certificate.

    `reason` is the libraries' own wording of where the structure broke.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotACrl(PkiError):
    """The bytes are no certificate revocation list."""
