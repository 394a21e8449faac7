"""What confidence is worth: the calibration error, and how many wrong leaves stay for each share sent to review."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl

from bench.score import Verdict

mpl.use("Agg")  # no window: the picture goes to a file

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import ScalarFormatter

BINS = 15  # of equal width, as in Guo et al. 2017, On calibration of modern neural networks
SHOWN = (0.0, 0.5, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 1.0)
"""Thresholds of the printed table; the picture has them all."""
Sure = tuple[float, bool]
"""A probability that a value is right, and whether it is."""


@dataclass(frozen=True, slots=True)
class Point:
    """What one threshold does: share of things sent to review, number of things accepted, wrong leaves among those."""

    threshold: float
    review_share: float
    accepted: int
    wrong_left: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A thing that one threshold accepts or sends to review. surety: None when it goes to review in any case."""

    surety: float | None
    n_wrong: int


def sure_of(verdicts: Iterable[Verdict]) -> list[Sure]:
    """Given verdicts, return (confidence, right) of every leaf with evidence."""
    return [(leaf.confidence, leaf.right) for v in verdicts for leaf in v.evidenced if leaf.confidence is not None]


def calibration_error(sure: Sequence[Sure]) -> float | None:
    """Given probabilities and outcomes, return the expected calibration error over 15 bins of equal width, 0 to 1."""
    if not sure:
        return None
    bins: list[list[Sure]] = [[] for _ in range(BINS)]
    for probability, right in sure:
        bins[min(int(probability * BINS), BINS - 1)].append((probability, right))
    return sum(abs(sum(p for p, _ in one) - sum(right for _, right in one)) for one in bins) / len(sure)


def reliability(sure: Sequence[Sure]) -> list[tuple[float, int, float, float]]:
    """Given the same, return for each bin with content (its lower edge, count, mean probability, share right)."""
    rows = []
    for number in range(BINS):
        one = [pair for pair in sure if min(int(pair[0] * BINS), BINS - 1) == number]
        if one:
            mean, share = (sum(column) / len(one) for column in zip(*one, strict=True))
            rows.append((number / BINS, len(one), mean, share))
    return rows


def leaves_sent(verdicts: Iterable[Verdict]) -> list[Sent]:
    """Given verdicts, return every leaf with evidence as a thing of its own."""
    return [Sent(leaf.confidence, int(not leaf.right)) for verdict in verdicts for leaf in verdict.evidenced]


def records_sent(verdicts: Iterable[Verdict]) -> list[Sent]:
    """Given verdicts, return every record; an error other than low confidence sends it to review in any case."""
    return [Sent(None if v.doubted else v.surety, v.n_wrong) for v in verdicts if v.found]


def curve(things: Sequence[Sent], thresholds: Iterable[float] | None = None) -> list[Point]:
    """Given things, return what each threshold does, ascending; by default all thresholds that make a difference."""
    if not things:
        return []
    cuts = sorted({t.surety for t in things if t.surety is not None}) if thresholds is None else list(thresholds)
    ranked = sorted(((t.surety, t.n_wrong) for t in things if t.surety is not None), reverse=True)
    points, taken, wrong = [], 0, 0
    for cut in sorted(cuts, reverse=True):
        while taken < len(ranked) and ranked[taken][0] >= cut:
            wrong += ranked[taken][1]
            taken += 1
        points.append(Point(cut, 1 - taken / len(things), taken, wrong))
    return points[::-1]


def table(verdicts: Sequence[Verdict]) -> list[str]:
    """Given verdicts, return the printed table of both curves."""
    leaves, records = (curve(sent(verdicts), SHOWN) for sent in (leaves_sent, records_sent))
    head = f"{'':>9}  {'leaves':>30}  {'records':>30}"
    lines = [head, f"{'threshold':>9}" + f"  {'review':>8}{'accepted':>10}{'wrong left':>12}" * 2]
    for leaf, record in zip(leaves, records, strict=False):
        lines.append(f"{leaf.threshold:>9.4f}" + "".join(map(columns, (leaf, record))))
    return lines


def columns(point: Point) -> str:
    return f"  {point.review_share:>8.2%}{point.accepted:>10}{point.wrong_left:>12}"


def paint(verdicts: Sequence[Verdict], target: Path) -> None:
    """Given verdicts and where to, draw both curves and the reliability of the probabilities as a PNG picture."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    paint_curves(left, verdicts)
    paint_reliability(right, verdicts)
    figure.savefig(target, dpi=110)
    plt.close(figure)


def paint_curves(axes: Axes, verdicts: Sequence[Verdict]) -> None:
    """Draw how many wrong leaves stay for each share sent to review; above 10 the scale is logarithmic."""
    most = 1
    for name, things in (("leaves", leaves_sent(verdicts)), ("records", records_sent(verdicts))):
        points = curve(things)
        axes.step([100 * p.review_share for p in points], [p.wrong_left for p in points], where="post", label=name)
        most = max(most, *(p.wrong_left for p in points), 1)
    axes.set(xlabel="sent to review, %", ylabel="wrong leaves left among the accepted", title="Review against errors")
    axes.set_yscale("symlog", linthresh=10, linscale=2, subs=(2, 5))
    axes.yaxis.set_major_formatter(ScalarFormatter())
    axes.set_yticks([tick for tick in (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000) if tick <= most * 1.2])
    axes.set_ylim(0, most * 1.2)
    axes.legend()
    axes.grid(visible=True, linewidth=0.3)


def paint_reliability(axes: Axes, verdicts: Sequence[Verdict]) -> None:
    """Draw the share of right leaves against their mean confidence, bin by bin, with the number of leaves."""
    rows = reliability(sure_of(verdicts))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
    axes.plot([row[2] for row in rows], [row[3] for row in rows], marker="o")
    for _, count, mean, share in rows:
        axes.annotate(str(count), (mean, share), textcoords="offset points", xytext=(4, -10), fontsize=7)
    axes.set(xlabel="confidence", ylabel="share that is right", title="Confidence against truth, leaves by bin")
    axes.set_ylim(-0.05, 1.08)
    axes.grid(visible=True, linewidth=0.3)
