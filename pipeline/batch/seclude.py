"""No network, held by the kernel: a worker that reads foreign files cannot open a socket, whatever runs inside of it.

A seccomp filter (man 2 seccomp; the classic BPF of man 4 bpf) that no privilege is needed for, on every thread and on
whatever the process starts. Elsewhere than on Linux, or where the kernel has none, only the interpreter refuses.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys
from collections.abc import Iterator

PR_SET_NO_NEW_PRIVS = 38
"""prctl(2); without it the kernel takes a filter from privileged processes only."""
SET_MODE_FILTER, FLAG_TSYNC = 1, 1
"""seccomp(2); the flag has all threads filtered."""
LOAD_WORD, JUMP_EQUAL, JUMP_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
AT_NUMBER, AT_ARCHITECTURE = 0, 4
"""Bytes into what the kernel tells of a call: struct seccomp_data."""
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
OTHER_NUMBERS = 0x40000000
"""From here on x86 counts the same calls once more."""
RING_SETUP = 425
"""io_uring_setup on every architecture; through a ring sockets can be opened without a call that is seen."""
CALLS = {"x86_64": (0xC000003E, 41, 317), "aarch64": (0xC00000B7, 198, 277)}
"""Machine -> what the kernel calls it, and the numbers of socket and seccomp."""


class Program(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def seclude() -> bool:
    """Have the kernel refuse this process every socket from now on, for good; return whether it does."""
    if sys.platform != "linux" or platform.machine() not in CALLS:
        return False
    architecture, socket, seccomp = CALLS[platform.machine()]
    steps = list(refusing(architecture, (socket, RING_SETUP)))
    program = Program(len(steps), b"".join(steps))
    system = ctypes.CDLL(None)
    if system.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(system.syscall(seccomp, SET_MODE_FILTER, FLAG_TSYNC, ctypes.byref(program)) == 0)


def refusing(architecture: int, calls: tuple[int, ...]) -> Iterator[bytes]:
    """Given an architecture and numbers of calls, yield the steps of a filter that refuses these, and every call that
    is numbered in another way."""
    yield step(LOAD_WORD, AT_ARCHITECTURE)
    yield step(JUMP_EQUAL, architecture, 1, 0)
    yield step(RETURN, REFUSE)
    yield step(LOAD_WORD, AT_NUMBER)
    yield step(JUMP_AT_LEAST, OTHER_NUMBERS, len(calls) + 1, 0)
    for left, call in zip(range(len(calls), 0, -1), calls, strict=True):
        yield step(JUMP_EQUAL, call, left, 0)
    yield step(RETURN, ALLOW)
    yield step(RETURN, REFUSE)


def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """struct sock_filter; the last two are how many steps to leave out."""
    return struct.pack("HBBI", code, if_true, if_false, value)
