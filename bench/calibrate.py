"""How far a character that was read can be trusted, learnt from drawn pages: ``make calibrate``.

Reads documents of the split "tune" as they come from the recogniser, lays each cell's print beside the truth, fits the
weights of pipeline/stages/read/trust.py and writes configs/confidence.yaml. Half of the documents are kept out of a
first fit, and the calibration error on them is printed, before and after; the weights written come from all.
"""

from __future__ import annotations

import argparse
import functools
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from multiprocessing import get_context

import cv2
import numpy as np
import yaml
from numpy.typing import NDArray

from bench.curve import calibration_error, reliability
from bench.drawn import Wanted, documents, draw
from bench.score import folded
from bench.tables import Json
from pipeline.config import Confidence, config_dir, load_settings
from pipeline.geometry import Box
from pipeline.model import Glyph, PageReading
from pipeline.ocr import ReadGlyph
from pipeline.run import extract_document
from pipeline.stages.read.trust import Setting, company_of, features, murk_of
from pipeline.text.signs import spelling
from pipeline.tools import Tools, load_tools

SAME_CELL = 0.85
"""Shared part of the area of both from which a cell that was found is the one of the truth, all of it."""
SAME_PRINT = 0.6
"""Likeness below which two prints are of different things: the cell's rulings were found wrong, not its characters."""
WORD = 3
"""Characters in a row that are missing or too many: a line was lost, a seal was read."""
RIDGE = 1.0
"""Weight of the squared weights against the log of the likelihood: some hundred wrong characters support no larger
ones, as documents kept out of a fit show."""
ROUNDS, TINY = 50, 1e-6

Floats = NDArray[np.float64]
Known = tuple[dict[str, float], float, bool]
"""Of one character that was read: its features, the recogniser's probability, whether it is right."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """Names of the features and their weights."""

    weights: dict[str, float]

    def probability(self, known: Known) -> float:
        return float(1 / (1 + np.exp(-sum(self.weights[name] * value for name, value in known[0].items()))))


def main() -> int:
    wanted = options()
    chosen = documents("tune", "all", wanted.start, wanted.count)
    with get_context("spawn").Pool(wanted.workers) as pool:
        known = list(watched_known(pool.imap(known_of, chosen), len(chosen)))
    half = fit([one for part in known[::2] for one in part])
    report([one for part in known[1::2] for one in part], half)
    write(fit([one for part in known for one in part]), known, wanted)
    return 0


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.calibrate", description=__doc__.split("\n\n")[1])
    parser.add_argument("--count", type=int, default=95, help="documents; the levels take turns")
    parser.add_argument("--start", type=int, default=110000, help="index of the first document")
    parser.add_argument("--workers", type=int, default=2, help="processes, of one thread each")
    return parser.parse_args()


def watched_known(parts: Iterable[list[Known]], total: int) -> Iterator[list[Known]]:
    """Pass on what is known of each document, and tell on stderr how far it is."""
    for number, part in enumerate(parts, 1):
        print(f"{number} of {total}: {len(part)} characters, {sum(not one[2] for one in part)} wrong", file=sys.stderr)
        yield part


def known_of(wanted: Wanted) -> list[Known]:
    """Given which document, return what is known of every character in those of its cells that were found."""
    cv2.setNumThreads(1)
    drawn = draw(wanted)
    document = extract_document(drawn.path, drawn.file, plain_tools())
    return [
        one
        for page in document.readings
        for one in known_on(page, [cell for t in drawn.tables if t["page"] == page.page + 1 for cell in t["cells"]])
    ]


@functools.cache
def plain_tools() -> Tools:
    """Return this process's tools, with probabilities as the recogniser gives them."""
    settings = load_settings()
    read = settings.read.model_copy(update={"confidence": Confidence()})
    return load_tools(settings.model_copy(update={"read": read}))


def known_on(page: PageReading, truth: Sequence[Json]) -> Iterator[Known]:
    """Given what was read on a page and the true cells of it, yield what is known of each character."""
    lines = list(lines_of(page))
    murk = murk_of([glyph.confidence for line in lines for glyph in line])
    company = {id(glyph): share for line in lines for glyph, share in zip(line, company_on(line), strict=True)}
    for cell in (cell for grid in page.grids for cell in grid.cells if cell.lines):
        if any(line.origin != "ocr" for line in cell.lines):
            continue
        box = page.to_file.apply_box(cell.box)
        best = max(truth, key=lambda one: overlap(box, Box(*one["bbox"])), default=None)
        if best is not None and overlap(box, Box(*best["bbox"])) >= SAME_CELL:
            own = [glyph for line in cell.lines for glyph in line.glyphs if folded(glyph.text)]
            for glyph, right in zip(own, rightness(own, best["text"]), strict=False):
                plain = ReadGlyph(glyph.text, glyph.confidence, 0.0, 0.0, glyph.others, glyph.second)
                yield features(plain, Setting(murk, company[id(glyph)])), glyph.confidence, right


def lines_of(page: PageReading) -> Iterator[Sequence[Glyph]]:
    """Yield the characters of every line that was read on a page."""
    yield from (line.glyphs for grid in page.grids for cell in grid.cells for line in cell.lines)
    yield from (line.glyphs for line in page.loose)


def company_on(line: Sequence[Glyph]) -> list[float]:
    return company_of([(glyph.text, glyph.confidence) for glyph in line])


def overlap(one: Box, other: Box) -> float:
    """Given two boxes, return the shared area by the area of both together."""
    shared = one.intersection(other)
    return shared.area / (one.area + other.area - shared.area) if shared else 0.0


def rightness(glyphs: Sequence[Glyph], want: str) -> list[bool]:
    """Given the characters read in a cell and its true text, return which are right; none at all where the cell holds
    something else, or a word too many or too few, which is no fault of a character. A character that is missing makes
    the one behind it wrong."""
    got, want = ("".join(map(spelling, folded(text))) for text in ("".join(glyph.text for glyph in glyphs), want))
    matcher = SequenceMatcher(None, got, want, autojunk=False)
    if len(got) != len(glyphs) or (matcher.ratio() < SAME_PRINT and min(len(got), len(want)) > 2):
        return []
    codes = matcher.get_opcodes()
    if any(abs((b - a) - (d - c)) >= WORD for _, a, b, c, d in codes):
        return []
    right = np.zeros(len(got), bool)
    for kind, a, b, _, _ in codes:
        right[a:b] = kind == "equal"
    for kind, a, _, _, _ in codes:
        if kind == "insert":
            right[min(a, len(got) - 1)] = False
    return [bool(one) for one in right]


def fit(known: Sequence[Known]) -> Fitted:
    """Given characters, return the weights that make the right ones likeliest: logistic regression by Newton's method,
    with a ridge, so that few wrong characters do not make large weights."""
    names = list(known[0][0])
    x = np.array([[one[0][name] for name in names] for one in known])
    y = np.array([one[2] for one in known], float)
    weights = np.zeros(len(names))
    for _ in range(ROUNDS):
        p = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (y - p) - RIDGE * weights
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + RIDGE * np.eye(len(names)), gradient)
        while likelihood(x, y, weights + step) < likelihood(x, y, weights) and np.abs(step).max() > TINY:
            step /= 2  # Newton's step may lead too far where nearly all are right
        weights += step
        if np.abs(step).max() < TINY:
            break
    return Fitted(dict(zip(names, weights.tolist(), strict=True)))


def likelihood(x: Floats, y: Floats, weights: Floats) -> float:
    """Given features, outcomes and weights, return the log of the outcomes' probability, less the ridge."""
    odds = x @ weights
    return float((y * odds - np.logaddexp(0.0, odds)).sum() - RIDGE / 2 * weights @ weights)


def report(kept_out: Sequence[Known], fitted: Fitted) -> None:
    """Print how honest the probabilities of the documents kept out are, before and after."""
    for name, sure in (
        ("as the recogniser gives it", [(p, right) for _, p, right in kept_out]),
        ("calibrated on the other half", [(fitted.probability(one), one[2]) for one in kept_out]),
    ):
        error = calibration_error(sure)
        print(f"{name}: {len(sure)} characters, calibration error {error:.5f}, log loss {loss(sure):.5f}")
        for low, count, mean, share in reliability(sure):
            print(f"  {low:.3f} {count:>8} {mean:.5f} {share:.5f}")


def loss(sure: Sequence[tuple[float, bool]]) -> float:
    """Given probabilities and outcomes, return the mean negative log of what happened."""
    chances = np.clip([p if right else 1 - p for p, right in sure], 1e-9, 1.0)
    return float(-np.log(chances).mean())


def write(fitted: Fitted, known: Sequence[Sequence[Known]], wanted: argparse.Namespace) -> None:
    """Write the weights where the pipeline reads them."""
    count, wrong = sum(map(len, known)), sum(not one[2] for part in known for one in part)
    text = (
        f"# Made by python -m bench.calibrate --count {wanted.count} --start {wanted.start} from {count} characters of"
        f" the split tune,\n# {wrong} of them wrong; not to be written by hand. What each weight is for:"
        " pipeline/stages/read/trust.py\n"
    )
    weights: Mapping[str, float] = {name: round(weight, 4) for name, weight in fitted.weights.items()}
    body = yaml.safe_dump({"model": plain_tools().recogniser.name, "weights": dict(weights)}, sort_keys=False)
    (config_dir() / "confidence.yaml").write_text(text + body, encoding="utf-8")
    print(text + body)


if __name__ == "__main__":
    sys.exit(main())
