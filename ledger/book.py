"""Appends rows; the only writer of the ledgers. Knows no rule beyond the constraints.

What it writes goes out together with what else is being sent: see `work.statements`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from django.db import connection

from ledger.records import Entry, NewApplication, NewItemEntry, NewValueEntry, Page, State, Written
from work.statements import Question, Sending, answer_to

_ENTRY_OWN = (
    "entry_type", "document_type", "document_number", "document_line", "external_document_number", "description",
    "document_date", "unit_code", "quantity_per_unit", "variant_id", "applies_to_entry_id", "correction",
    "expiration_date", "warranty_date", "vendor_id", "customer_id", "responsibility_center_id", "dimension_set_id",
    "reason_code",
)  # fmt: skip
_ENTRY_SHARED = (
    "id", "item_id", "location_id", "variant_key", "posting_date", "quantity", "serial_number", "lot_number",
    "package_number",
)  # fmt: skip
_ENTRY_COLUMNS = (
    *_ENTRY_SHARED,
    *_ENTRY_OWN,
    "register_id",
    "order_type",
    "order_number",
    "order_line",
    "drop_shipment",
)
_BALANCE_COLUMNS = (
    "entry_id", "item_id", "location_id", "variant_key", "posting_date", "valuation_date", "remaining_quantity",
    "invoiced_quantity", "returnable_quantity", "completely_invoiced", "last_invoice_date", "serial_number",
    "lot_number", "package_number", "positive",
)  # fmt: skip
_VALUE_OWN = (
    "item_ledger_entry_type", "entry_type", "variance_type", "posting_date", "valuation_date", "document_type",
    "document_number", "document_line", "external_document_number", "valued_quantity", "item_ledger_entry_quantity",
    "invoiced_quantity", "cost_per_unit", "cost_amount_actual", "cost_amount_expected",
    "cost_amount_non_inventoriable", "sales_amount_actual", "purchase_amount_actual", "discount_amount",
    "valued_by_average_cost", "inventoriable", "adjustment", "sweep", "applies_to_value_entry_id",
    "inventory_posting_group_id", "gen_business_posting_group_id", "gen_product_posting_group_id", "vendor_id",
    "customer_id", "responsibility_center_id", "dimension_set_id", "reason_code", "cause",
    "caused_by_value_entry_id", "caused_by_document", "old_unit_cost", "new_unit_cost",
)  # fmt: skip
_VALUE_REST = (
    "item_ledger_entry_id", "item_id", "location_id", "variant_key", "register_id", "order_type", "order_number",
    "order_line", "sales_amount_expected", "purchase_amount_expected", "expected_cost", "item_charge",
    "partial_revaluation", "drop_shipment",
)  # fmt: skip
_APPLICATION_COLUMNS = (
    "register_id", "item_ledger_entry_id", "inbound_entry_id", "outbound_entry_id", "quantity", "posting_date",
    "cost_application", "fixed", "transferred_from_entry_id",
)  # fmt: skip
_entry_shared, _entry_own, _value_own = attrgetter(*_ENTRY_SHARED), attrgetter(*_ENTRY_OWN), attrgetter(*_VALUE_OWN)


def append(page: Page, sending: Sending) -> Written:
    """Write a page under its register, a new one or one that is written already; gives its entries their ids.

    The caller holds the items' locks.
    """
    assert connection.in_atomic_block
    register = page.register
    register_id, known_at, ids = _take_numbers(len(page.item_entries), register.written)
    for new, entry_id in zip(page.item_entries, ids, strict=True):
        new.entry.id = entry_id
    if register.written is None:
        sending.append(
            "ledger_itemregister",
            ("id", "source_code", "journal_batch", "description", "user_id", "known_at", "reverses_id"),
            [(register_id, register.source_code, register.journal_batch, register.description, register.user_id,
              known_at, register.reverses_id)],
        )  # fmt: skip
    sending.append(
        "ledger_itemledgerentry", _ENTRY_COLUMNS, [_entry_row(new, register_id) for new in page.item_entries]
    )
    sending.append("ledger_entrybalance", _BALANCE_COLUMNS, [_balance_row(new) for new in page.item_entries])
    sending.append(
        "ledger_itemapplicationentry", _APPLICATION_COLUMNS, [_link_row(new, register_id) for new in page.applications]
    )
    sending.append(
        "ledger_valueentry", (*_VALUE_OWN, *_VALUE_REST), [_value_row(new, register_id) for new in page.value_entries]
    )
    return Written(register_id, known_at, len(page.item_entries), len(page.value_entries))


def _take_numbers(entries: int, under: Written | None) -> tuple[int, datetime, list[int]]:
    """Register and entry numbers in posting order, and the moment, all after the locks."""
    numbers: Question[tuple[int, datetime, list[int]]] = Question(
        "SELECT coalesce(%s::bigint, nextval('ledger_itemregister_id_seq')),"
        " coalesce(%s::timestamptz, clock_timestamp()),"
        " ARRAY(SELECT nextval('ledger_itemledgerentry_id_seq') FROM generate_series(1, %s))",
        [under.register_id if under else None, under.known_at if under else None, entries],
        lambda rows: rows[0],
    )
    return answer_to(numbers)


def _entry_row(new: NewItemEntry, register_id: int) -> tuple[Any, ...]:
    return (*_entry_shared(new.entry), *_entry_own(new), register_id, "", "", 0, False)


def _balance_row(new: NewItemEntry) -> tuple[Any, ...]:
    entry = new.entry
    return (
        entry.id, entry.item_id, entry.location_id, entry.variant_key, entry.posting_date, entry.valuation_date,
        entry.remaining, entry.quantity, entry.returnable, entry.completely_invoiced, entry.posting_date,
        entry.serial_number, entry.lot_number, entry.package_number, entry.quantity > 0,
    )  # fmt: skip


def _link_row(new: NewApplication, register_id: int) -> tuple[Any, ...]:
    return (
        register_id, new.owner.id, new.inbound.id, new.outbound.id if new.outbound else None, new.quantity,
        new.posting_date, new.cost_application, new.fixed, new.transferred_from.id if new.transferred_from else None,
    )  # fmt: skip


def _value_row(new: NewValueEntry, register_id: int) -> tuple[Any, ...]:
    entry = new.entry
    return (
        *_value_own(new), entry.id, entry.item_id, entry.location_id, entry.variant_key, register_id, "", "", 0, 0, 0,
        False, "", False, False,
    )  # fmt: skip


def change_balances(entries: Iterable[Entry], sending: Sending) -> None:
    """Bring the balances of stored entries to what is left of them now."""
    rows = [(e.id, e.remaining, e.returnable, e.valuation_date, e.completely_invoiced) for e in entries]
    if rows:
        sending.add(_CHANGE_BALANCES, [list(column) for column in zip(*rows, strict=True)])


_CHANGE_BALANCES = """
    UPDATE ledger_entrybalance b
       SET remaining_quantity = n.remaining, returnable_quantity = n.returnable,
           valuation_date = n.valuation_date, completely_invoiced = n.invoiced
      FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::date[], %s::boolean[])
           AS n (entry_id, remaining, returnable, valuation_date, invoiced)
     WHERE b.entry_id = n.entry_id
"""


def change_states(states: Iterable[State], sending: Sending) -> None:
    """Write sums and unit costs of locked items; each write is a new version."""
    rows = [
        (s.item_id, s.quantity, s.invoiced_quantity, s.cost_amount_actual, s.cost_amount_expected, s.unit_cost,
         s.last_direct_cost)
        for s in states
    ]  # fmt: skip
    if rows:
        sending.add(_CHANGE_STATES, [list(column) for column in zip(*rows, strict=True)])


_CHANGE_STATES = """
    UPDATE ledger_itemstate s
       SET version = s.version + 1, quantity = n.quantity, invoiced_quantity = n.invoiced,
           cost_amount_actual = n.actual, cost_amount_expected = n.expected, unit_cost = n.unit_cost,
           last_direct_cost = n.last_direct_cost
      FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[], %s::numeric[],
                  %s::numeric[]) AS n (item_id, quantity, invoiced, actual, expected, unit_cost, last_direct_cost)
     WHERE s.item_id = n.item_id
"""


def move_valuation_dates(register_id: int, dates: Mapping[int, date], sending: Sending) -> None:
    """Raise the valuation date of all value entries of these item ledger entries, as rows that win over the old."""
    if dates:
        sending.add(_MOVE_DATES, [register_id, list(dates), list(dates.values())])


_MOVE_DATES = """
    INSERT INTO ledger_valuationchange (register_id, value_entry_id, valuation_date, valued_by_average_cost)
    SELECT %s, v.id, n.valuation_date, COALESCE(c.valued_by_average_cost, v.valued_by_average_cost)
      FROM unnest(%s::bigint[], %s::date[]) AS n (entry_id, valuation_date)
      JOIN ledger_valueentry v ON v.item_ledger_entry_id = n.entry_id
      LEFT JOIN LATERAL (
            SELECT valuation_date, valued_by_average_cost FROM ledger_valuationchange
             WHERE value_entry_id = v.id ORDER BY id DESC LIMIT 1) c ON true
     WHERE COALESCE(c.valuation_date, v.valuation_date) < n.valuation_date
     ORDER BY v.id
"""


def append_general(
    source_code: str, user_id: int | None, entries: Sequence[tuple[Any, ...]], relations: Sequence[tuple[int, int]],
    postings: Sequence[tuple[int, Decimal, Decimal]],
) -> int:  # fmt: skip
    """Write one balanced G/L register and return its id.

    `entries` are (account id, posting date, document number, description, amount, dimension set id);
    `relations` are (index into entries, value entry id); `postings` are (value entry id, actual, expected).
    """
    assert sum((row[4] for row in entries), Decimal(0)) == 0, "a G/L register balances"
    register_id, known_at, ids = answer_to(
        Question(
            "SELECT nextval('ledger_glregister_id_seq'), clock_timestamp(),"
            " ARRAY(SELECT nextval('ledger_glentry_id_seq') FROM generate_series(1, %s))",
            [len(entries)],
            lambda rows: rows[0],
        )
    )
    columns = ("id", "register_id", "source_code", "document_type", "account_id", "posting_date", "document_number",
               "description", "amount", "dimension_set_id")  # fmt: skip
    with Sending() as sending:
        sending.append(
            "ledger_glregister",
            ("id", "source_code", "user_id", "known_at"),
            [(register_id, source_code, user_id, known_at)],
        )
        sending.append(
            "ledger_glentry", columns, [(ids[n], register_id, source_code, "", *row) for n, row in enumerate(entries)]
        )
        sending.append(
            "ledger_glrelation", ("gl_entry_id", "value_entry_id"), [(ids[n], value) for n, value in relations]
        )
        sending.append(
            "ledger_valueposting",
            ("value_entry_id", "register_id", "actual", "expected"),
            [(value, register_id, actual, expected) for value, actual, expected in postings],
        )
    return int(register_id)
