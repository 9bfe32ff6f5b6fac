"""The names of a diagnostic archive's members, and with them when the log was taken.

`<prefix>_<system host name>_<timestamp>.<extension>`. Documented for X15.5 (Admin guide, "Diagnostics and
troubleshooting"); whether the time stamp is written with colons or underscores is not, and host names may hold underscores,
so the first thing that looks like a date ends the host name.
"""

import posixpath
import re

LOG_MEMBER = re.compile(
    r"^(?P<prefix>loggingsnapshot|xconf_dump|xstat_dump|ca|server|client)_"
    r"(?P<host>.+?)_(?P<time>\d{4}[-_.]?\d{2}[-_.]?\d{2}(?:[T_:.\-+Z ]|\d)*)\.(?:txt|xml|pem)$",
    re.IGNORECASE,
)
_SECONDS = 14  # digits from the year to the second; what stands behind may be a fraction or an offset


def taken_at(path: str) -> str:
    """When a member of that name was taken, to be compared with others of one node; empty where the name does not say."""
    match = LOG_MEMBER.match(posixpath.basename(path))
    return re.sub(r"[^0-9]", "", match["time"])[:_SECONDS] if match else ""
