"""How the command line says things: plain names, counts with their nouns, one console for words."""

from __future__ import annotations

import sys

from rich.console import Console

PLAIN_WIDTH = 140
"""characters; what a log file or a pager gets, where no terminal sets a width"""


def word_console() -> Console:
    """Return the console on stderr. Names of files are never taken for markup."""
    console = Console(file=sys.stderr, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    return console


def printable(text: str) -> str:
    """Given any text, return it with what would steer a terminal or turn the reading direction written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def count_of(number: int, noun: str) -> str:
    """Given 1 and "page", return "1 page"; given 2, "2 pages"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
