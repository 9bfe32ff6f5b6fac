"""How a generated password is shown in a terminal."""

from __future__ import annotations


def framed(lines: list[str]) -> str:
    width = max(len(line) for line in lines)
    edge = "+" + "-" * (width + 4) + "+"
    return "\n".join([edge, *(f"|  {line:<{width}}  |" for line in lines), edge])


def first_sign_in(username: str, password: str) -> str:
    return framed(
        [
            "Sign in with",
            "",
            f"  user name  {username}",
            f"  password   {password}",
            "",
            "The password is shown this once and kept nowhere in clear.",
        ]
    )
