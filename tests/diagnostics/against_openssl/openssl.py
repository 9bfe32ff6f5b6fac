"""`openssl verify`, asked about many chains with few processes."""

import shutil
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

Chain = tuple[x509.Certificate, ...]


@dataclass(frozen=True)
class Question:
    """Is `leaf` trusted with this list, and with what the peer sends beside it; dates count from `at` on, if given."""

    leaf: x509.Certificate
    trusted: Chain
    sent: Chain = ()
    at: datetime | None = None


class OpenSsl:
    """Answers are kept, so that a question costs a process only once."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("openssl")
        assert program, "the openssl command is needed for these tests (Debian: apt-get install openssl)"
        self._program, self._folder = program, folder
        self._answers: dict[Question, bool] = {}

    def accepts(self, question: Question) -> bool:
        self.ask([question])
        return self._answers[question]

    def ask(self, questions: Iterable[Question]) -> None:
        """Puts all questions that share a list, what is sent and a moment to one process."""
        alike: dict[tuple[Chain, Chain, datetime | None], list[Question]] = defaultdict(list)
        for question in dict.fromkeys(questions):
            if question not in self._answers:
                alike[question.trusted, question.sent, question.at].append(question)
        for group in alike.values():
            self._run(group)

    def _run(self, group: list[Question]) -> None:
        first = group[0]
        leaves = [self._written(f"leaf{number}.pem", [item.leaf]) for number, item in enumerate(group)]
        arguments = ["-no-CApath", "-no-CAstore", "-CAfile", self._written("list.pem", first.trusted)]
        if first.sent:
            arguments += ["-untrusted", self._written("sent.pem", first.sent)]
        arguments += ["-attime", str(int(first.at.timestamp()))] if first.at else ["-no_check_time"]
        answer = subprocess.run(
            [self._program, "verify", *arguments, *leaves], capture_output=True, text=True, timeout=60, check=False
        )
        accepted = {line.removesuffix(": OK") for line in answer.stdout.splitlines() if line.endswith(": OK")}
        refused = {leaf for leaf in leaves if f"error {leaf}: verification failed" in answer.stderr}
        # With an empty list the program does not come as far as the leaf.
        assert accepted | refused == set(leaves) or not first.trusted, answer.stderr
        for leaf, item in zip(leaves, group, strict=True):
            self._answers[item] = leaf in accepted

    def _written(self, name: str, certificates: Iterable[x509.Certificate]) -> str:
        path = self._folder / name
        path.write_bytes(b"".join(item.public_bytes(Encoding.PEM) for item in certificates))
        return str(path)
