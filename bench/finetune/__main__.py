"""Teaches the recogniser what archives do to print: ``make finetune`` writes pipeline/ocr/models/*-forms.onnx.

Starts from the recogniser of the installed package and shows it lines of words in no order, faxed, copied, photographed
and cut as the reader cuts them. The layer of classes stays as it was, so that signs that never came up keep their
place; all below learns, with the loss of CTC (Graves et al. 2006), AdamW (Loshchilov and Hutter 2019), a rate that
falls as a cosine, and a running mean of the weights. What is written lies between the weights before and after
(Wortsman et al. 2022, "Robust fine-tuning of zero-shot models"), in halves of floats.

One batch in eight is shown upside down, and is to be read as before (Li and Hoiem 2016, "Learning without forgetting"):
without that, print that lies upside down is soon read as something, and surely, which is how a page's way up is told.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("DNNL_PRIMITIVE_CACHE_CAPACITY", "20000")  # before torch: every shape is prepared once only

import cv2
import numpy as np
import onnx
import torch
import torch.nn.functional as F  # noqa: N812  # as its makers call it
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bench.finetune.network import Network
from bench.finetune.pages import FACES, LATIN, Line, classes_of, lines_of_page, path_of
from bench.finetune.words import Rng
from pipeline.config import load_settings
from pipeline.ocr import Crop
from pipeline.ocr.onnx import HEIGHT, STRIDE, alphabet_of, open_session
from pipeline.ocr.weights import FORMS, wheel_model
from pipeline.tools import load_tools

WIDTHS = (64, 88, 112, 136, 160, 192, 224, 264, 304, 352, 416, 488, 576, 680, 800, 944, 1112, 1312)
"""Pixels; lines are stretched or squeezed to the nearest, so that few shapes go through the network."""
BATCH, FEWEST = 6400, 4
"""Pixels of width that learn together, and lines at the least."""
RATE, WARM, FLOOR = 2e-4, 40, 0.02
"""Rate of learning, steps until it is reached, and what part of it is left at the end."""
KEEP = 0.98
"""Of the running mean of the weights, a step."""
TURNED = 8
"""Batches of which one is shown upside down."""
CLASSES = 10_000
"""More than any other layer has outputs."""
NARROWEST = 1.1
"""Steps of the network that a character needs at the least."""
SHORT = 0.8
"""Of its width, from which a line is stretched to it; a shorter one gets paper."""


@dataclass(frozen=True, slots=True)
class Taught:
    """A line as the network takes it and the classes of its characters."""

    crop: Crop
    classes: tuple[int, ...]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.finetune", description=__doc__.split("\n\n")[1])
    parser.add_argument("--pages", type=int, default=440, help="pages to draw; each gives some ninety lines")
    parser.add_argument("--start", type=int, default=1000, help="index of the first page")
    parser.add_argument("--steps", type=int, default=1250, help="batches to learn from")
    parser.add_argument("--share", type=float, default=0.3, help="how far to go from the old weights to the new ones")
    parser.add_argument("--out", type=Path, default=FORMS, help="file to write")
    parser.add_argument("--workers", type=int, default=2, help="processes that draw, threads that learn")
    wanted = parser.parse_args()
    for font in (*FACES, *LATIN):
        path_of(font)  # fewer fonts would teach something else
    torch.set_num_threads(wanted.workers)
    lines = draw_lines(wanted.start, wanted.pages, wanted.workers)
    print(f"{len(lines)} lines", file=sys.stderr)
    network = Network(wheel_model().weights)
    before = {name: weight.detach().clone() for name, weight in network.learnt.items()}
    after = learn(network, Network(wheel_model().weights), lines, wanted.steps)
    wanted.out.parent.mkdir(parents=True, exist_ok=True)
    write(network, {name: torch.lerp(before[name], after[name], wanted.share) for name in before}, wanted.out)
    print(f"{wanted.out}: {wanted.out.stat().st_size} bytes", file=sys.stderr)
    return 0


def draw_lines(start: int, count: int, workers: int) -> list[Taught]:
    """Given which pages, return their lines, as far as the recogniser knows their characters."""
    model = wheel_model()
    known = classes_of(alphabet_of(model, open_session(model.weights, 1)))
    with get_context("spawn").Pool(workers, cv2.setNumThreads, (1,)) as pool:
        pages = pool.imap(partial(page_of, alphabet=frozenset(known)), range(start, start + count))
        lines = [line for page in pages for line in page]
    taught = (Taught(line.crop, tuple(known[char] for char in line.text)) for line in lines)
    return [one for one in taught if fits(one)]


def page_of(index: int, alphabet: frozenset[str]) -> list[Line]:
    return lines_of_page(index, load_tools(load_settings()), alphabet)


def fits(line: Taught) -> bool:
    """Is a line neither too long nor narrower than its characters need?"""
    wide = line.crop.shape[1]
    return NARROWEST * STRIDE * len(line.classes) <= wide <= WIDTHS[-1]


def width_of(line: Taught) -> int:
    return min(WIDTHS, key=lambda width: abs(math.log(width / line.crop.shape[1])))


def batches(lines: Sequence[Taught], rng: Rng) -> list[list[Taught]]:
    """Given lines, return them in batches of one width each, shuffled."""
    groups = defaultdict(list)
    for line in rng.sample(lines, len(lines)):
        groups[width_of(line)].append(line)
    sizes = {width: max(BATCH // width, FEWEST) for width in groups}
    cut = [
        group[at : at + sizes[width]]
        for width, group in groups.items()
        for at in range(0, len(group) - sizes[width] + 1, sizes[width])
    ]
    return rng.sample(cut, len(cut))


def endless(lines: Sequence[Taught], rng: Rng) -> Iterator[list[Taught]]:
    while True:
        yield from batches(lines, rng)


def shaken(line: Taught, width: int, rng: Rng) -> NDArray[np.float32]:
    """Given a line, return it (48, width) in [-1, 1], at times with more paper around it or paler."""
    crop = line.crop
    if rng.random() < 0.5:
        rims = [rng.randint(0, 2), rng.randint(0, 2), rng.randint(0, 4), rng.randint(0, 4)]
        crop = cv2.copyMakeBorder(crop, *rims, cv2.BORDER_REPLICATE)
    if crop.shape[1] < SHORT * width:
        crop = cv2.copyMakeBorder(crop, 0, 0, 0, width - crop.shape[1], cv2.BORDER_REPLICATE)
    shrinks = crop.shape[1] > width or crop.shape[0] > HEIGHT
    crop = cv2.resize(crop, (width, HEIGHT), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    shown = crop.astype(np.float32) / 127.5 - 1.0
    return 1.0 - (1.0 - shown) * rng.uniform(0.6, 1.05) if rng.random() < 0.3 else shown


def loss_of(network: Network, batch: Sequence[Taught], rng: Rng) -> torch.Tensor:
    """Given a batch, return its loss; a long line counts by the root of its length."""
    width = width_of(batch[0])
    shown = np.stack([shaken(line, width, rng) for line in batch])[:, None].repeat(3, axis=1)
    lengths = torch.tensor([len(line.classes) for line in batch])
    chances = network(torch.tensor(shown)).log_softmax(-1).transpose(0, 1)
    targets = torch.tensor([one for line in batch for one in line.classes])
    steps = torch.full((len(batch),), width // STRIDE)
    losses = F.ctc_loss(chances, targets, steps, lengths, reduction="none", zero_infinity=True)
    return (losses / lengths.sqrt()).mean() / 3


def drift_of(network: Network, before: Network, batch: Sequence[Taught], rng: Rng) -> torch.Tensor:
    """Given a batch, return how far what the network says of its lines turned upside down is from what it said before
    it learnt, as cross entropy a step."""
    width = width_of(batch[0])
    turned = np.stack([shaken(line, width, rng)[::-1, ::-1] for line in batch])[:, None].repeat(3, axis=1)
    with torch.no_grad():
        said = before(torch.tensor(turned)).softmax(-1)
    return -(said * network(torch.tensor(turned)).log_softmax(-1)).sum(-1).mean()


def rate_at(step: int, steps: int) -> float:
    """Return the rate of learning at a step, of the whole one."""
    fallen = 0.5 * (1.0 + math.cos(math.pi * step / steps))
    return min(1.0, (step + 1) / WARM) * (FLOOR + (1.0 - FLOOR) * fallen)


def learn(network: Network, before: Network, lines: Sequence[Taught], steps: int) -> dict[str, torch.Tensor]:
    """Given a network twice and lines, return the first one's running mean of its weights after so many batches."""
    for weight in network.learnt.values():
        if weight.shape[-1] > CLASSES:
            weight.requires_grad = False
    learning = [weight for weight in network.learnt.values() if weight.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=RATE, weight_decay=0.0, betas=(0.9, 0.99))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, partial(rate_at, steps=steps))
    mean = {name: weight.detach().clone() for name, weight in network.learnt.items()}
    rng = random.Random(5)
    for step, batch in zip(range(steps), endless(lines, rng), strict=False):
        kept = step % TURNED == TURNED - 1
        loss = drift_of(network, before, batch, rng) if kept else loss_of(network, batch, rng)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learning, 1.0)
        optimiser.step()
        schedule.step()
        keep = min(KEEP, (step + 1) / (step + 10))
        for name, weight in network.learnt.items():
            mean[name].lerp_(weight.detach(), 1.0 - keep)
        if step % 100 == 0:
            print(f"{step} of {steps}: {loss.item():.4f}", file=sys.stderr)
    return mean


def write(network: Network, weights: dict[str, torch.Tensor], path: Path) -> None:
    """Given a network and weights, write its file with them in halves, made whole again when it is loaded."""
    graph = network.model.graph
    kept = [one for one in graph.initializer if one.name not in weights]
    halves = [
        numpy_helper.from_array(weight.numpy().astype(np.float16), f"{name}/half") for name, weight in weights.items()
    ]
    casts = [helper.make_node("Cast", [f"{name}/half"], [name], to=TensorProto.FLOAT) for name in weights]
    nodes = [*casts, *graph.node]
    del graph.initializer[:], graph.node[:]
    graph.initializer.extend([*kept, *halves])
    graph.node.extend(nodes)
    onnx.checker.check_model(network.model)
    onnx.save(network.model, path)


if __name__ == "__main__":
    raise SystemExit(main())
