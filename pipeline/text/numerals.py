"""Chinese numerals, ordinary (一百二十三) and legal capital (壹佰贰拾叁), as whole numbers.

Grammar (after folding the capitals to the ordinary signs):
    number   [section 亿] [section 万] [section]      at least one part
    section  digits with 千 百 十, units going down, each at most once; 十 may stand without a digit in front
    零 / 〇  at most one between two digits, and required before a last digit that follows 百, 千, 万 or 亿
             (一百二 is refused: colloquially 120, to a machine 102)
"""

from __future__ import annotations

from collections.abc import Iterator

_CAPITALS = str.maketrans("壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億〇○零两", "一二二三三四五六六七八九十百千万亿零零零二")
_DIGITS = {sign: value for value, sign in enumerate("一二三四五六七八九", start=1)}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}
NUMERAL_SIGNS = "零〇○一二三四五六七八九十百千万亿两壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億"


def parse_numeral(text: str) -> int | None:
    """Given a Chinese numeral without gaps, return its value, or None when it is none."""
    signs = text.translate(_CAPITALS)
    if signs == "零":
        return 0
    if not signs or signs[0] == "零" or "零零" in signs:
        return None
    total = 0
    for number, (section, scale) in enumerate(_sections(signs)):
        value = _section(section, first=number == 0)
        if value is None:
            return None
        total += value * scale
    return total


def parse_year_signs(text: str) -> str | None:
    """Given four signs read one by one (二〇二四), return the year's digits, or None."""
    signs = text.translate(_CAPITALS)
    if len(signs) != 4 or any(sign not in _DIGITS and sign != "零" for sign in signs):
        return None
    return "".join(str(_DIGITS.get(sign, 0)) for sign in signs)


def _sections(signs: str) -> Iterator[tuple[str, int]]:
    """Split at 亿 and 万; a missing or doubled part comes out as a section that cannot be read."""
    for sign, scale in reversed(_MYRIADS.items()):
        head, found, tail = signs.partition(sign)
        if found:
            yield head, scale
            signs = tail
    if signs:
        yield signs, 1


def _section(signs: str, *, first: bool) -> int | None:
    """Given the signs of a number below 10000, return it. ``first``: nothing stands before it, so no 零 is needed."""
    if not signs or signs[-1] == "零":
        return None
    total, last_unit, at, zero = 0, 10**4, 0, first
    while at < len(signs):
        if signs[at] == "零":
            zero, at = True, at + 1
            continue
        step = _step(signs[at : at + 2], bare_ten=last_unit == 10**4)
        if step is None or step[1] >= last_unit or (step[1] == 1 and last_unit != 10 and not zero):
            return None
        total, last_unit, at, zero = total + step[0] * step[1], step[1], at + step[2], False
    return total


def _step(signs: str, *, bare_ten: bool) -> tuple[int, int, int] | None:
    """Given up to two signs, return (digit, unit, signs used) of what stands first."""
    if signs[0] == "十" and bare_ten:
        return 1, 10, 1
    if signs[0] not in _DIGITS:
        return None
    unit = _UNITS.get(signs[1:])
    return (_DIGITS[signs[0]], unit, 2) if unit else (_DIGITS[signs[0]], 1, 1)
