"""The words of the page in both languages, from words.json beside it."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path

from starlette.requests import Request

LANGUAGES = ("zh", "en")
COOKIE = "shenbao_lang"
FILE = Path(__file__).parent / "static" / "words.json"


@functools.cache
def words() -> Mapping[str, Mapping[str, str]]:
    """Return every word by its key, then by language."""
    found: dict[str, dict[str, str]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def in_language(language: str) -> dict[str, str]:
    return {key: entry[language] for key, entry in words().items()}


def language_of(request: Request) -> str:
    """Given a request, return the language that was chosen, else the first one that the browser names and we know."""
    chosen = request.query_params.get("lang") or request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    wanted = (part.split(";")[0].strip()[:2].lower() for part in request.headers.get("accept-language", "").split(","))
    return next((language for language in wanted if language in LANGUAGES), "zh")
