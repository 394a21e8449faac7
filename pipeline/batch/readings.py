"""What was read on pages as bytes and back, to travel between processes: compressed JSON, a place for each field.

No pickle: bytes become objects of the classes that the fields of PageReading name, and of no others, and each value is
held against its field's type. Numbers come back as they were, to the last bit.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import sys
import types
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pipeline.geometry import Chain, PlaneMap, Transform
from pipeline.model import PageReading, Source, UnusedPage
from pipeline.stages.upright.bend import Bend, Unbend
from pipeline.stages.upright.spread import Stack, Unstack

MAPS = (Transform, Chain, Bend, Unbend, Stack, Unstack)
TAGGED = (*MAPS, PageReading, UnusedPage)
"""Classes that stand where a field may hold one of several."""
SPEED = 1
"""Of zlib: a third of the size for a hundredth of the time that the page took."""
PLAIN = {float: (float, int), int: (int,), str: (str,), bool: (bool,)}

Decode = Callable[[Any], Any]
ReadPage = PageReading | UnusedPage


class PartError(ValueError):
    """Bytes that are no part."""


@dataclass(frozen=True, slots=True)
class Part:
    """What was read on some pages of a file of a kind with n_pages."""

    kind: Literal["pdf", "image"]
    n_pages: int
    pages: tuple[ReadPage, ...]


def pack_part(source: Source, pages: Sequence[ReadPage]) -> bytes:
    text = json.dumps(plain(Part(source.kind, source.n_pages, tuple(pages))), ensure_ascii=True, separators=(",", ":"))
    return zlib.compress(text.encode("ascii"), SPEED)


def unpack_part(packed: bytes) -> Part:
    """Given bytes, return the part. Raises PartError."""
    try:
        part: Part = _decoder(Part)(json.loads(zlib.decompress(packed)))
    except (zlib.error, ValueError, TypeError, KeyError) as error:
        raise PartError(f"{type(error).__name__}: {error}") from error
    return part


def plain(value: Any) -> Any:
    """Given a product, return it as lists; where a field may hold several classes, its class's name comes first."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        name = [type(value).__name__] if isinstance(value, TAGGED) else []
        return [*name, *(plain(getattr(value, field)) for field in _fields(type(value)))]
    return [plain(item) for item in value] if isinstance(value, tuple) else value


@functools.cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@functools.cache
def _decoder(hint: Any) -> Decode:
    """Given the type of a field, return what makes its value of plain lists."""
    if hint in PLAIN:
        return functools.partial(_value, PLAIN[hint])
    if hint is PlaneMap:
        return _named(MAPS)
    if dataclasses.is_dataclass(hint):
        return _named((hint,)) if hint in TAGGED else functools.partial(_object, hint)
    return _compound(get_origin(hint), get_args(hint))


def _compound(origin: Any, arguments: tuple[Any, ...]) -> Decode:
    if origin is Literal:
        return functools.partial(_one_of, arguments)
    if origin is tuple and arguments[1:] == (...,):
        return functools.partial(_many, _decoder(arguments[0]))
    if origin is tuple:
        return functools.partial(_row, tuple(map(_decoder, arguments)))
    if origin in (Union, types.UnionType) and len(arguments) == 2 and arguments[1] is types.NoneType:
        return functools.partial(_maybe, _decoder(arguments[0]))
    if origin in (Union, types.UnionType):
        return _either(arguments)
    raise TypeError(f"fields of {origin} do not travel")


def _either(kinds: tuple[Any, ...]) -> Decode:
    """Given what a field may hold, None perhaps among it, return what makes its value."""
    some = tuple(kind for kind in kinds if kind is not type(None))
    if len(some) > 1 and not set(some) <= set(TAGGED):
        raise TypeError(f"a field that holds one of {some} does not travel")
    decode = _decoder(some[0]) if len(some) == 1 else _named(some)
    return functools.partial(_optional, decode) if len(some) < len(kinds) else decode


def _optional(decode: Decode, value: Any) -> Any:
    return None if value is None else decode(value)


def _named(kinds: Iterable[type]) -> Decode:
    """Given classes, return what makes an object of the one whose name comes first."""
    by_name = {kind.__name__: kind for kind in kinds}
    return lambda value: _object(by_name[_list(value)[0]], value[1:])


def _object(kind: Any, value: Any) -> Any:
    return kind(*_row(_decoders(kind), value))


@functools.cache
def _decoders(kind: type) -> tuple[Decode, ...]:
    hints = get_type_hints(kind)
    return tuple(_decoder(hints[field]) for field in _fields(kind))


def _row(decoders: tuple[Decode, ...], value: Any) -> tuple[Any, ...]:
    return tuple(decode(item) for decode, item in zip(decoders, _list(value), strict=True))


def _maybe(decode: Decode, value: Any) -> Any:
    return None if value is None else decode(value)


def _many(decode: Decode, value: Any) -> tuple[Any, ...]:
    return tuple(decode(item) for item in _list(value))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise PartError(f"{type(value).__name__} where a list belongs")
    return value


def _one_of(values: tuple[Any, ...], value: Any) -> Any:
    return values[values.index(value)]


def _value(kinds: tuple[type, ...], value: Any) -> Any:
    if type(value) not in kinds:
        raise PartError(f"{type(value).__name__} where {kinds[0].__name__} belongs")
    return sys.intern(value) if isinstance(value, str) else value  # a page has a thousand signs, an alphabet has fewer
