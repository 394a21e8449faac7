"""An ONNX network that can learn: its nodes run one by one in torch, its weights are torch's.

Holds the operators that recognisers of the PP-OCR family have (opset 11), with the shapes of ONNX.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
import torch.nn.functional as F  # noqa: N812  # as its makers call it
from onnx import numpy_helper

Tensor = torch.Tensor
Attributes = dict[str, Any]
Operator = Callable[[Sequence[Tensor], Attributes], Tensor]


class Network(torch.nn.Module):
    """The network of an ONNX file; gives logits where the file gives probabilities.

    learnt: its float weights by their names in the file. All but those of batch normalisation can learn.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.model = onnx.load(path)
        graph = self.model.graph
        weights = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        floats = {name: value for name, value in weights.items() if value.dtype == np.float32 and value.size > 1}
        self.learnt = {name: torch.nn.Parameter(torch.tensor(value)) for name, value in floats.items()}
        self.fixed = {name: torch.tensor(value) for name, value in weights.items() if name not in floats}
        self.steps = [(node.op_type, list(node.input), node.output[0], attributes(node)) for node in graph.node]
        self.entry, self.end = graph.input[0].name, graph.output[0].name
        for name in (name for op, given, _, _ in self.steps if op == "BatchNormalization" for name in given[3:5]):
            self.learnt[name].requires_grad = False

    def forward(self, lines: Tensor) -> Tensor:
        """Given lines (N, 3, 48, W), return logits (N, T, classes)."""
        values = {**self.fixed, **self.learnt, self.entry: lines}
        for op, given, made, how in self.steps:
            inputs = [values[name] for name in given if name]
            if op == "Softmax" and made == self.end:
                return inputs[0]
            values[made] = OPERATORS[op](inputs, how)
        return values[self.end]


def attributes(node: Any) -> Attributes:
    return {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}


def padding_of(x: Tensor, window: Sequence[int], how: Attributes) -> list[int]:
    """Given what a window slides over, return the padding (left, right, top, bottom)."""
    if how.get("auto_pad") != b"SAME_UPPER":
        top, left, bottom, right = how.get("pads", [0, 0, 0, 0])
        return [left, right, top, bottom]
    steps = how.get("strides", [1, 1])
    missing = [
        max((-(-size // step) - 1) * step + wide - size, 0)
        for size, step, wide in zip(x.shape[2:], steps, window, strict=True)
    ]
    return [missing[1] // 2, missing[1] - missing[1] // 2, missing[0] // 2, missing[0] - missing[0] // 2]


def convolve(given: Sequence[Tensor], how: Attributes) -> Tensor:
    x, weights, bias = given[0], given[1], given[2] if len(given) > 2 else None
    padded = F.pad(x, padding_of(x, weights.shape[2:], how))
    return F.conv2d(
        padded, weights, bias, how.get("strides", [1, 1]), 0, how.get("dilations", [1, 1]), how.get("group", 1)
    )


def largest(given: Sequence[Tensor], how: Attributes) -> Tensor:
    padded = F.pad(given[0], padding_of(given[0], how["kernel_shape"], how), value=float("-inf"))
    return F.max_pool2d(padded, how["kernel_shape"], how.get("strides"))


def average(given: Sequence[Tensor], how: Attributes) -> Tensor:
    padded = F.pad(given[0], padding_of(given[0], how["kernel_shape"], how))
    return F.avg_pool2d(padded, how["kernel_shape"], how.get("strides"))


def cut(given: Sequence[Tensor], how: Attributes) -> Tensor:
    x, starts, ends = given[0], given[1].tolist(), given[2].tolist()
    kept = [slice(None)] * x.dim()
    for start, end, axis in zip(starts, ends, given[3].tolist() if len(given) > 3 else range(len(starts)), strict=True):
        kept[axis] = slice(start, min(end, x.shape[axis]))
    return x[tuple(kept)]


def shaped(given: Sequence[Tensor], how: Attributes) -> Tensor:
    sizes = [given[0].shape[at] if size == 0 else size for at, size in enumerate(given[1].tolist())]
    return given[0].reshape(sizes)


def squeezed(given: Sequence[Tensor], how: Attributes) -> Tensor:
    x = given[0]
    for axis in sorted(how["axes"], reverse=True):
        x = x.squeeze(axis)
    return x


def unsqueezed(given: Sequence[Tensor], how: Attributes) -> Tensor:
    x = given[0]
    for axis in sorted(how["axes"]):
        x = x.unsqueeze(axis)
    return x


def normalised(given: Sequence[Tensor], how: Attributes) -> Tensor:
    x, scale, bias, mean, variance = given
    return F.batch_norm(x, mean, variance, scale, bias, training=False, eps=how.get("epsilon", 1e-5))


OPERATORS: dict[str, Operator] = {
    "Add": lambda x, _: x[0] + x[1],
    "AveragePool": average,
    "BatchNormalization": normalised,
    "Concat": lambda x, how: torch.cat(list(x), dim=how["axis"]),
    "Conv": convolve,
    "Div": lambda x, _: x[0] / x[1],
    "Erf": lambda x, _: torch.erf(x[0]),
    "HardSigmoid": lambda x, how: torch.clamp(x[0] * how.get("alpha", 0.2) + how.get("beta", 0.5), 0.0, 1.0),
    "Identity": lambda x, _: x[0],
    "MatMul": lambda x, _: x[0] @ x[1],
    "MaxPool": largest,
    "Mul": lambda x, _: x[0] * x[1],
    "Pow": lambda x, _: x[0] ** x[1],
    "ReduceMean": lambda x, how: x[0].mean(dim=tuple(how["axes"]), keepdim=bool(how.get("keepdims", 1))),
    "Relu": lambda x, _: F.relu(x[0]),
    "Reshape": shaped,
    "Shape": lambda x, _: torch.tensor(x[0].shape),
    "Sigmoid": lambda x, _: torch.sigmoid(x[0]),
    "Slice": cut,
    "Softmax": lambda x, how: torch.softmax(x[0], dim=how.get("axis", 1)),
    "Sqrt": lambda x, _: x[0].sqrt(),
    "Squeeze": squeezed,
    "Sub": lambda x, _: x[0] - x[1],
    "Transpose": lambda x, how: x[0].permute(*how["perm"]),
    "Unsqueeze": unsqueezed,
}
