"""Signs that one crop cannot tell apart and that no value depends on: one spelling for each."""

from __future__ import annotations

from functools import lru_cache

from pipeline.text.chars import fold_char

_ALIKE = {
    **dict.fromkeys("‐‑‒–—―−－─", "-"),
    **dict.fromkeys("“”„‟＂", '"'),
    **dict.fromkeys("‘’‚‛＇`´", "'"),
    **dict.fromkeys("≥≧⩾", "≥"),
    **dict.fromkeys("≤≦⩽", "≤"),
    **dict.fromkeys("═﹦＝", "="),
    **dict.fromkeys("∶：﹕", ":"),
}


@lru_cache(maxsize=4096)
def spelling(sign: str) -> str:
    """Given one printed sign, return the spelling that stands for all signs of its shape and meaning."""
    return _ALIKE.get(sign) or fold_char(sign)
