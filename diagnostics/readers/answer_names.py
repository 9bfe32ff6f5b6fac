"""Which node a status file or an answer of the REST interface belongs to: nothing in them says so.

In order: the file is called like a member of a diagnostic log; its name holds more than the word for what was asked
(`expc1_dns.json`, `status-expe1.xml`), and that looks like a host name; the folder or archive that it lies in. All files
that say the same are one node, whatever it is called: an answer with its host name, or another file beside them, tells its
full name.
"""

import posixpath
import re

from diagnostics.estate.observations import NodeRef, Source
from diagnostics.readers.member_names import container, node_of_member
from diagnostics.readers.wording import printable

_WORDS = """
api v1 provisioning status common controller edge get rest answer response result output json xml
txt dns dnsserver ntp ntpserver mra domain domains zone zones neighbor neighbour neighborzone
neighborzones dnszone dnszones traversal traversalclient traversalserver
unifiedcommunicationstraversal uc uczone uctraversal server servers cucm ucm imp cup presence unity
sip protocol configuration config conf sysinfo info system xconf xconfig xconfiguration xstat
xstatus dump old new copy final before after latest export all cert certs csr root
"""
_ASKED = frozenset(_WORDS.split())
_PARTS = re.compile(r"[A-Za-z0-9.]{1,100}(?:-[A-Za-z0-9.]{1,100}){0,20}")
# With a dot, a short number, or a beginning that Expressways have; any other word may be anything.
_HOST = re.compile(
    r"(?=[^A-Za-z]{0,253}[A-Za-z])(?!.{0,253}\d{4})(?=.{0,253}[.\d]|exp|vcs|xway)"
    r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?",
    re.IGNORECASE,
)
_ENDINGS = (".json", ".xml", ".txt", ".log", ".out")


def node_of_answer(source: Source) -> NodeRef | None:
    """None where the file lies in no folder and its name says nothing either."""
    by_member = node_of_member(source)
    if by_member is not None:
        return by_member
    folder = container(source)
    name = _named(posixpath.basename(source.file_path)) or posixpath.basename(folder)
    return NodeRef(name=printable(name), container=folder) if name else None


def _named(file_name: str) -> str | None:
    """The one part of a file's name that can be a host name; None where none or several can."""
    stem = file_name[:300]
    while stem.casefold().endswith(_ENDINGS):
        stem = stem[: stem.rfind(".")]
    found = [part for part in _PARTS.findall(stem) if not _is_asked(part)]
    hosts = [part for part in map(_without_asked, found) if _HOST.fullmatch(part)]
    return hosts[0] if len(hosts) == 1 else None


def _is_asked(part: str) -> bool:
    return all(word in _ASKED or word.isdigit() for word in part.casefold().split("-"))


def _without_asked(part: str) -> str:
    """`expe1-status` is expe1; hyphens inside of a host name stay."""
    words = part.split("-")
    while len(words) > 1 and words[-1].casefold() in _ASKED:
        words.pop()
    while len(words) > 1 and words[0].casefold() in _ASKED:
        words.pop(0)
    return "-".join(words)
