"""One run a job folder: a lock the kernel lets go of when its holder dies, with the holder's name written inside."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from pipeline.errors import PolicyError

LOCK_NAME = "run.lock"
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)
"""What file systems answer that know no locks; there the holder's pid and boot id decide."""


@contextmanager
def run_lock(folder: Path) -> Iterator[None]:
    """Given a job folder, hold it. Raises PolicyError that names the holder when another run has it, and OSError."""
    with (folder / LOCK_NAME).open("a+", encoding="utf-8") as file:
        _hold(file, folder)
        _write(file, holder_here())
        try:
            yield
        finally:
            with suppress(OSError):
                _write(file, None)


def living_holder(folder: Path) -> Mapping[str, Any] | None:
    """Given a job folder, return who holds it, or None. Looks and touches nothing."""
    try:
        with (folder / LOCK_NAME).open(encoding="utf-8") as file:
            holder = _read(file)
    except OSError:
        return None
    return holder if holder and is_alive(holder) else None


def holder_here() -> dict[str, Any]:
    return {"pid": os.getpid(), "boot_id": boot_id(), "host": socket.gethostname()}


def boot_id() -> str:
    """Return what tells this start of the machine from all others; empty where the system does not say."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def is_alive(holder: Mapping[str, Any]) -> bool:
    """Given a holder, does it still run, here, since this start of the machine? Another machine's counts as alive."""
    if holder.get("host") != socket.gethostname():
        return True
    if holder.get("boot_id") != boot_id() or not isinstance(holder.get("pid"), int):
        return False
    try:
        os.kill(holder["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _hold(file: IO[str], folder: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise _refusal(folder, _read(file)) from error
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
        holder = _read(file)
        if holder and is_alive(holder):
            raise _refusal(folder, holder) from error


def _refusal(folder: Path, holder: Mapping[str, Any]) -> PolicyError:
    who = f"process {holder.get('pid', 'unknown')} on {holder.get('host', 'an unknown machine')}"
    return PolicyError(f"{folder} is held by another run ({who}): wait until it ends, or choose another --out")


def _read(file: IO[str]) -> dict[str, Any]:
    file.seek(0)
    try:
        holder = json.loads(file.read() or "{}")
    except ValueError:
        return {}
    return holder if isinstance(holder, dict) else {}


def _write(file: IO[str], holder: Mapping[str, Any] | None) -> None:
    file.seek(0)
    file.truncate()
    file.write(json.dumps(holder) if holder else "")
    file.flush()
