"""Post movements, invoices, charges, work and what takes them back, whole or not at all (ledger-model.md §6).

This is what documents and orders will call with their lines; it asks the same questions and takes the same locks as a
journal, in a fixed number of statements.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.db import IntegrityError, transaction
from psycopg import errors

from inventory.setup import setup_question
from ledger.choices import EntryType, OrderType, SourceCode
from ledger.errors import ItemBusy
from ledger.locks import waiting_is_bounded
from ledger.records import ZERO, NewRegister
from posting.errors import NothingToPost, PostingError, UndoNotPossible, UnknownEntry, UnknownOrder
from posting.journals import Idempotent, PostingAnswer, once
from posting.later import INVOICED_LATER
from posting.lines import CapacityLine, ChargeLine, FinishLine, InvoiceLine, Line, PostingLine, UndoLine
from posting.post import post_lines
from posting.worth import Worth, worths_question
from users.models import User
from work.errors import Refused
from work.statements import Question, Sending, ask


@transaction.atomic(durable=True)
def post_movements(
    lines: Sequence[Line | UndoLine], *, posted_by: User, idempotency_key: Idempotent | None = None,
    source_code: str = SourceCode.MOVEMENTS,
) -> PostingAnswer:  # fmt: skip
    """Post these lines in their order under one register.

    Raises `Refused` with every reason at once, then nothing was written; and `ItemBusy` when an item is held too
    long. `idempotency_key` is (key, request body): the same key and body get the same answer again.
    """
    return once("post_movements", posted_by, idempotency_key, lambda: movements_inside(lines, posted_by, source_code))


def movements_inside(lines: Sequence[Line | UndoLine], user: User, source_code: str) -> dict[str, Any]:
    """The same in the transaction of a caller, who must not commit when it raises; what `PostingAnswer` is made of."""
    if not lines:
        raise Refused([NothingToPost()])
    with waiting_is_bounded(), _orders_begin_once():
        asked = setup_question(lock=True)
        worths, orders = worths_question(_entries(lines)), _made_by({_order(line) for line in lines} - {""})
        ask(asked, worths, orders)
        known = _with_new_orders(orders.answer, lines)
        ready: list[Line] = []
        refused: list[PostingError] = []
        for line in lines:
            made = _ready(line, worths.answer, known)
            if isinstance(made, PostingError):
                refused.append(made)
            else:
                ready.append(made)
        with Sending() as sending:
            posted = post_lines(ready, asked.answer, NewRegister(source_code, user.pk), sending, refusals=refused)
    written = posted.written
    return {
        "register_id": written.register_id, "lines_posted": len(lines), "item_entries": written.item_entries,
        "value_entries": written.value_entries, "document_numbers": _documents(ready),
    }  # fmt: skip


@contextmanager
def _orders_begin_once() -> Iterator[None]:
    """Two who begin the same order line for different items share no item that one of them could wait for."""
    try:
        yield
    except IntegrityError as problem:
        cause = problem.__cause__
        if isinstance(cause, errors.UniqueViolation) and cause.diag.constraint_name == "order_line_makes_one_item":
            raise ItemBusy from problem
        raise


def _entries(lines: Iterable[Line | UndoLine]) -> list[int]:
    return [line.entry for line in lines if isinstance(line, InvoiceLine | ChargeLine | UndoLine)]


def _order(line: Line | UndoLine) -> str:
    return line.order_number if isinstance(line, FinishLine) else ""


def _documents(lines: Iterable[Line]) -> list[str]:
    return list(dict.fromkeys(line.document_number for line in lines if not isinstance(line, FinishLine)))


def _with_new_orders(
    stored: dict[str, tuple[int, ...]], lines: Iterable[Line | UndoLine]
) -> dict[str, tuple[int, ...]]:
    """What orders make, those that begin in this very posting included."""
    makes = {number: set(items) for number, items in stored.items()}
    for line in lines:
        if isinstance(line, PostingLine | CapacityLine) and line.order_key[0] == OrderType.PRODUCTION:
            made = line.produces if isinstance(line, PostingLine) and line.produces else line.item_id
            makes.setdefault(line.order_key[1], set()).add(made)
    return {number: tuple(sorted(items)) for number, items in makes.items()}


def _made_by(numbers: set[str]) -> Question[dict[str, tuple[int, ...]]]:
    """What production orders make, by their numbers."""
    return Question(
        "SELECT order_number, array_agg(DISTINCT item_id) FROM costing_ordercost"
        " WHERE order_type = %s AND order_number = ANY(%s::text[]) GROUP BY 1",
        [OrderType.PRODUCTION, sorted(numbers)],
        lambda rows: {row[0]: tuple(row[1]) for row in rows},
    )


def _ready(line: Line | UndoLine, worths: dict[int, Worth], orders: dict[str, tuple[int, ...]]) -> Line | PostingError:
    """The line with the item and place that it concerns, or why it concerns none."""
    if isinstance(line, PostingLine | CapacityLine):
        return line
    if isinstance(line, FinishLine):
        made = orders.get(line.order_number)
        return UnknownOrder(line=line.key, order=line.order_number) if made is None else replace(line, item_ids=made)
    worth = worths.get(line.entry)
    if worth is None:
        return UnknownEntry(line=line.key, entry=str(line.entry))
    if isinstance(line, UndoLine):
        return _undoing(line, worth)
    return replace(line, item_id=worth.entry.item_id, location_id=worth.entry.location_id)


def _undoing(line: UndoLine, worth: Worth) -> Line | PostingError:
    """The movement that takes an entry back: fixed to a receipt, an exact return of a shipment."""
    entry = worth.entry
    if entry.entry_type not in INVOICED_LATER:
        return UndoNotPossible(line=line.key, entry=str(line.entry))
    inbound = entry.quantity > 0
    return PostingLine(
        key=line.key, item_id=entry.item_id, location_id=entry.location_id, variant_id=worth.variant_id,
        posting_date=line.posting_date or entry.posting_date, document_date=worth.document_date,
        entry_type=entry.entry_type, document_number=worth.document_number,
        quantity=entry.quantity if entry.entry_type == EntryType.SALE else -entry.quantity,
        unit_code=worth.unit_code, quantity_per_unit=worth.quantity_per_unit, invoiced=ZERO,
        applies_to=entry.id if inbound else None, applies_from=None if inbound else entry.id,
        serial_number=entry.serial_number, lot_number=entry.lot_number, package_number=entry.package_number,
        order_key=entry.order_key, correction=True, undoes=True,
        **{name: value for name, value in worth.copied.items() if name != "drop_shipment"},
    )  # fmt: skip
