"""Texts that say nothing: words, signs and numbers in no order that a form would have them in.

What is learnt from them is how print looks once it has been faxed, copied and photographed, and not which word follows
which: the corpus has its own words, and so has every archive.
"""

from __future__ import annotations

import functools
import random
import re
from bisect import bisect
from collections.abc import Callable
from itertools import accumulate
from pydoc_data.topics import topics

from pipeline.ocr.weights import wheel_file
from pipeline.text.chars import is_han

COMMON = 2000
"""Uses from which a word of the dictionary is no more likely than others; what counts is the root of its uses."""
FIRST_LEVEL, SECOND_LEVEL = range(0xB0, 0xD8), range(0xD8, 0xF8)
"""Rows of GB 2312: the 3,755 ideographs that are common, and 3,008 that are not."""
LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
CODE = "0123456789ABCDEFGHJKX-"
MARKS = "，" * 8 + "、" * 6 + "。" * 5 + "；" * 3 + "：" * 3 + ".,;:！？·"
SIGNS = ("-", "—", "/", "~", "～", "+", "×", "——", "……", "*", "#", "&", "@")
QUOTES = ("“%s”", "《%s》", '"%s"', "【%s】", "(%s)", "〔%s〕")
ITEMS = ("1.", "（1）", "1、", "①", "一、", "（一）", "2.", "3、", "（3）", "②", "③", "4.", "●", "·", "(2)")
BOUNDS = ("", "", "", "≥", "≤", "=", "＞", "＜", "＝", "≥ ", "≤ ", ">", "<", "≧", "≦", "±", "约")
UNITS = (*" " * 3, *"%%％元个次年人天项℃‰", "万元", "小时", "（万元）", "m²", "kg", "公里", "/人")
PARTINGS = (", ", ". ", " & ", "-", "/", ": ")
ENDS = ("", "率", "数", "：", "情况", "(%)", "（元）", "（万元）")
LONE = (*"是否无优良AB57108√/—-",)

Rng = random.Random


@functools.cache
def dictionary() -> tuple[list[str], list[float]]:
    """Return the words of the dictionary that are all ideographs, and their added-up weights."""
    lines = wheel_file("jieba", "dict.txt").read_text(encoding="utf-8").splitlines()
    uses = [(word, int(count)) for word, count, *_ in map(str.split, lines) if all(map(is_han, word))]
    return [word for word, _ in uses], list(accumulate(min(count, COMMON) ** 0.5 + 1 for _, count in uses))


@functools.cache
def ideographs(rows: range) -> list[str]:
    """Given rows of GB 2312, return their ideographs."""
    codes = (bytes((row, cell)) for row in rows for cell in range(0xA1, 0xFF))
    return [char for code in codes if (char := code.decode("gb2312", "ignore"))]


def word(rng: Rng) -> str:
    words, weights = dictionary()
    return words[bisect(weights, rng.random() * weights[-1])]


@functools.cache
def english_words() -> list[str]:
    """Return English words: those of the manual that comes with Python."""
    return sorted({word for text in topics.values() for word in re.findall(r"\b[A-Za-z][a-z]{1,11}\b", text)})


def english(rng: Rng) -> str:
    """Return some English words, parted by spaces, which is what they are for: without them a reader forgets spaces."""
    words = rng.choices(english_words(), k=rng.randint(1, 6))
    cased = [rng.choice((str, str, str.capitalize, str.upper))(word) for word in words]
    if rng.random() < 0.3:
        cased.insert(rng.randint(0, len(cased)), number(rng))
    text = " ".join(cased)
    return text.replace(" ", rng.choice(PARTINGS), 1) if rng.random() < 0.15 else text


def date(rng: Rng) -> str:
    year, month, day = rng.randint(1990, 2035), rng.randint(1, 12), rng.randint(1, 31)
    return rng.choice(
        (f"{year}-{month:02}-{day:02}", f"{year}年{month}月{day}日", f"{year}年{month}月", f"{year}.{month}.{day}")
    )


def number(rng: Rng) -> str:
    """Return an amount, a count, a date, a time or a code."""
    kinds: tuple[tuple[float, Callable[[], str]], ...] = (
        (0.30, lambda: f"{rng.uniform(0, 10 ** rng.randint(1, 9)):,.2f}"),
        (0.20, lambda: f"{rng.uniform(0, 10 ** rng.randint(1, 8)):.{rng.randint(0, 4)}f}"),
        (0.24, lambda: date(rng)),
        (0.16, lambda: str(rng.randint(0, 10 ** rng.randint(1, 6)))),
        (0.05, lambda: "".join(rng.choices(CODE, k=rng.randint(5, 16)))),
        (0.05, lambda: f"{rng.randint(0, 23):02}:{rng.randint(0, 59):02}"),
    )
    return drawn(rng, kinds)


def quantity(rng: Rng) -> str:
    return f"{rng.choice(BOUNDS)}{number(rng)}{rng.choice(UNITS)}".strip()


def drawn(rng: Rng, kinds: tuple[tuple[float, Callable[[], str]], ...]) -> str:
    """Given kinds of text with their shares, return one of one kind."""
    return rng.choices([make for _, make in kinds], [share for share, _ in kinds])[0]()


def row(rng: Rng) -> str:
    """Return numbers, letters and short words in a row, parted by spaces, as columns without rulings are."""
    kinds: tuple[tuple[float, Callable[[], str]], ...] = (
        (0.60, lambda: number(rng)),
        (0.15, lambda: rng.choice(UNITS).strip() or str(rng.randint(0, 99))),
        (0.15, lambda: word(rng)),
        (0.10, lambda: rng.choice(LATIN)),
    )
    return " ".join(drawn(rng, kinds) for _ in range(rng.randint(2, 5)))


def sentence(rng: Rng, length: int) -> str:
    """Given a number of characters, return words with numbers, marks and signs among them."""
    kinds: tuple[tuple[float, Callable[[], str]], ...] = (
        (0.62, lambda: word(rng)),
        (0.06, lambda: number(rng)),
        (0.04, lambda: quantity(rng)),
        (0.03, lambda: f"（{word(rng)}{rng.choice(('', word(rng), number(rng)))}）"),
        (0.02, lambda: rng.choice(QUOTES) % word(rng)),
        (0.02, lambda: "".join(rng.choices(LATIN, k=rng.randint(1, 7)))),
        (0.02, lambda: rng.choice(SIGNS)),
        (0.02, lambda: rng.choice(ideographs(SECOND_LEVEL))),
        (0.05, lambda: rng.choice(ideographs(FIRST_LEVEL))),
        (0.12, lambda: rng.choice(MARKS)),
    )
    text = word(rng)
    while len(text) < length:
        part = drawn(rng, kinds)
        text += part if part not in MARKS or is_han(text[-1]) or text[-1] in "%）" else ""
    return text[:length]


def cell_text(rng: Rng) -> str:
    """Return the print of one cell on one line."""
    kinds: tuple[tuple[float, Callable[[], str]], ...] = (
        (0.30, lambda: sentence(rng, rng.randint(6, 40))),
        (0.08, lambda: rng.choice(ITEMS) + sentence(rng, rng.randint(5, 30))),
        (0.10, lambda: quantity(rng)),
        (0.10, lambda: number(rng)),
        (0.08, lambda: english(rng)),
        (0.04, lambda: f"{word(rng)}{rng.choice(('', ' '))}{english(rng)}"),
        (0.03, lambda: f"{number(rng)} {rng.choice(english_words())}"),
        (0.03, lambda: f"{word(rng)} {word(rng)}"),
        (0.08, lambda: row(rng)),
        (0.10, lambda: word(rng) + rng.choice((*ENDS, word(rng)))),
        (0.08, lambda: "".join(rng.choices(ideographs(FIRST_LEVEL), k=rng.randint(2, 14)))),
        (0.06, lambda: rng.choice((*LONE, rng.choice(ideographs(FIRST_LEVEL))))),
    )
    return drawn(rng, kinds)
