"""Records as signed messages to a receiver, through the outbox: each until it is taken, and none twice on purpose."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from pipeline.feed.outbox import Outbox, Waiting, version_of
from pipeline.feed.post import Answer, Line
from pipeline.feed.signing import headers_of
from pipeline.sinks.lines import Plain

DELAYS = (1.0, 4.0, 16.0)
"""Seconds between the attempts of one run: a restart of the receiver is waited for, an outage is left to the next
run."""
MAX_WAIT = 60.0
"""Seconds; a receiver that asks for more is tried in the next run."""
LOST_IN_A_ROW = 3
"""Messages after which the receiver counts as down; a single one that it cannot stomach holds up no other."""
TIMEOUT = 15.0
"""Seconds for each answer, as the convention asks for."""
GONE, TOO_MANY = 410, 429
REST = {"Content-Type": "application/json", "User-Agent": "shenbao"}


@dataclass(frozen=True, slots=True)
class Delivered:
    """How a run of the outbox ended. waiting: messages for the next run. why: what the last failure was."""

    sent: int
    waiting: int
    gone: bool
    why: str | None


@dataclass(frozen=True, slots=True)
class Sender:
    """key: of the signature. delays: as DELAYS. sleep and now: of the clock."""

    line: Line
    key: bytes
    delays: tuple[float, ...] = DELAYS
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time

    def send(self, message_id: str, body: bytes) -> Answer:
        """Given a message, try to deliver it until it is taken or refused, or the attempts of this run are used up."""
        answer = self._once(message_id, body)
        for delay in self.delays:
            if not is_worth_retrying(answer) or answer.wait > MAX_WAIT:
                break
            self.sleep(max(delay, answer.wait))
            answer = self._once(message_id, body)
        return answer

    def _once(self, message_id: str, body: bytes) -> Answer:
        return self.line.post(body, {**REST, **headers_of(self.key, message_id, int(self.now()), body)})


def is_worth_retrying(answer: Answer) -> bool:
    """No answer, too many messages or a fault of the receiver's own may pass; a refusal will not."""
    return answer.status in (0, 408, TOO_MANY) or answer.status >= 500


def is_taken(answer: Answer) -> bool:
    return 200 <= answer.status < 300


def deliver(outbox: Outbox, records: Callable[[], Iterable[Plain]], sender: Sender) -> Delivered:
    """Given a way to read all records that the receiver shall have, write down what it lacks and deliver that.

    Removals go first: a record that was found again under another id is never there twice."""
    outbox.want(((record["record_id"], version_of(record)) for record in records()), sender.now())
    waiting = outbox.waiting()
    sent, lost, answer = 0, 0, None
    for message, record in _messages(waiting, records):
        answer = sender.send(outbox.message_id(message), body_of(message, record))
        if is_taken(answer):
            outbox.sent(message)
            sent, lost = sent + 1, 0
            continue
        outbox.failed(message, answer.words)
        lost += is_worth_retrying(answer)
        if answer.status == GONE:
            outbox.mark_gone(sender.now())
        if answer.status == GONE or lost >= LOST_IN_A_ROW:
            break
    return Delivered(sent, len(waiting) - sent, answer is not None and answer.status == GONE, _why(answer))


def _why(answer: Answer | None) -> str | None:
    return None if answer is None or is_taken(answer) else answer.words


def _messages(
    waiting: Mapping[str, Waiting], records: Callable[[], Iterable[Plain]]
) -> Iterator[tuple[Waiting, Plain | None]]:
    """Yield what waits with its record, None for a removal. What was never tried goes before what failed before, so
    that a message which a receiver cannot stomach is the last."""
    yield from ((message, None) for message in waiting.values() if message.is_removal)
    for again in (False, True):
        for record in records() if any(bool(m.attempts) is again for m in waiting.values()) else ():
            message = waiting.get(record["record_id"])
            if message is not None and bool(message.attempts) is again and version_of(record) == message.wanted:
                yield message, record


def body_of(message: Waiting, record: Plain | None) -> bytes:
    """Given a message and its record, return the JSON that is sent; the same bytes at each attempt."""
    told = {
        "type": "record.removed" if record is None else "record.changed",
        "timestamp": datetime.fromtimestamp(message.since, UTC).isoformat(timespec="milliseconds"),
        "data": {"record_id": message.record_id} if record is None else record,
    }
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
