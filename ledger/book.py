"""Appends rows; the only writer of the ledgers. Knows no rule beyond the constraints.

What it writes goes out together with what else is being sent: see `work.statements`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from django.db import connection

from ledger.choices import ValueEntryType
from ledger.records import Entry, NewApplication, NewItemEntry, NewValueEntry, Page, State, Written
from work.statements import Question, Sending, answer_to

_ENTRY_OWN = (
    "entry_type", "document_type", "document_number", "document_line", "external_document_number", "description",
    "document_date", "unit_code", "quantity_per_unit", "variant_id", "correction", "drop_shipment",
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
    "applies_to_entry_id",
    "register_id",
    "order_type",
    "order_number",
    "order_line",
)
_CAPACITY_OWN = (
    "id", "item_id", "location_id", "posting_date", "document_number", "number", "description", "quantity",
    "subcontracting", "correction", "dimension_set_id",
)  # fmt: skip
_BALANCE_COLUMNS = (
    "entry_id", "item_id", "location_id", "variant_key", "posting_date", "valuation_date", "remaining_quantity",
    "invoiced_quantity", "returnable_quantity", "completely_invoiced", "last_invoice_date", "serial_number",
    "lot_number", "package_number", "positive",
)  # fmt: skip
_VALUE_OWN = (
    "item_ledger_entry_type", "entry_type", "variance_type", "posting_date", "valuation_date", "document_type",
    "document_number", "document_line", "external_document_number", "valued_quantity", "item_ledger_entry_quantity",
    "invoiced_quantity", "cost_per_unit", "cost_amount_actual", "cost_amount_expected",
    "cost_amount_non_inventoriable", "sales_amount_actual", "sales_amount_expected", "purchase_amount_actual",
    "purchase_amount_expected", "discount_amount", "expected_cost", "item_charge", "partial_revaluation",
    "drop_shipment",
    "valued_by_average_cost", "inventoriable", "adjustment", "sweep", "applies_to_value_entry_id",
    "inventory_posting_group_id", "gen_business_posting_group_id", "gen_product_posting_group_id", "vendor_id",
    "customer_id", "responsibility_center_id", "dimension_set_id", "reason_code", "cause",
    "caused_by_value_entry_id", "caused_by_document", "old_unit_cost", "new_unit_cost",
)  # fmt: skip
_VALUE_REST = (
    "item_ledger_entry_id", "capacity_ledger_entry_id", "item_id", "location_id", "variant_key", "register_id",
    "order_type", "order_number", "order_line",
)  # fmt: skip
_APPLICATION_COLUMNS = (
    "register_id", "item_ledger_entry_id", "inbound_entry_id", "outbound_entry_id", "quantity", "posting_date",
    "cost_application", "fixed", "transferred_from_entry_id", "reverses_id",
)  # fmt: skip
_entry_shared, _entry_own, _value_own = attrgetter(*_ENTRY_SHARED), attrgetter(*_ENTRY_OWN), attrgetter(*_VALUE_OWN)
_capacity_own = attrgetter(*_CAPACITY_OWN)


def append(page: Page, sending: Sending) -> Written:
    """Write a page under its register, a new one or one that is written already; gives its entries their ids.

    The caller holds the items' locks.
    """
    assert connection.in_atomic_block
    register = page.register
    register_id, known_at, ids, works = _take_numbers(
        len(page.item_entries), len(page.capacity_entries), register.written
    )
    for new, entry_id in zip(page.item_entries, ids, strict=True):
        new.entry.id = entry_id
    for work, work_id in zip(page.capacity_entries, works, strict=True):
        work.id = work_id
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
        "ledger_capacityledgerentry",
        (*_CAPACITY_OWN, "register_id", "order_type", "order_number", "order_line"),
        [(*_capacity_own(work), register_id, *work.order_key) for work in page.capacity_entries],
    )
    sending.append(
        "ledger_itemapplicationentry", _APPLICATION_COLUMNS, [_link_row(new, register_id) for new in page.applications]
    )
    sending.append(
        "ledger_valueentry", (*_VALUE_OWN, *_VALUE_REST), [_value_row(new, register_id) for new in page.value_entries]
    )
    _note_revaluations(page, sending)
    return Written(register_id, known_at, len(page.item_entries), len(page.value_entries))


def _take_numbers(entries: int, works: int, under: Written | None) -> tuple[int, datetime, list[int], list[int]]:
    """Register, item and capacity entry numbers in posting order, and the moment, all after the locks."""
    numbers: Question[tuple[int, datetime, list[int], list[int]]] = Question(
        "SELECT coalesce(%s::bigint, nextval('ledger_itemregister_id_seq')),"
        " coalesce(%s::timestamptz, clock_timestamp()),"
        " ARRAY(SELECT nextval('ledger_itemledgerentry_id_seq') FROM generate_series(1, %s)),"
        " ARRAY(SELECT nextval('ledger_capacityledgerentry_id_seq') FROM generate_series(1, %s))",
        [under.register_id if under else None, under.known_at if under else None, entries, works],
        lambda rows: rows[0],
    )
    return answer_to(numbers)


def _note_revaluations(page: Page, sending: Sending) -> None:
    """The balance says when its entry was revalued last."""
    dates = {
        new.entry.id: new.posting_date
        for new in page.value_entries
        if new.entry_type == ValueEntryType.REVALUATION and new.applies_to_value_entry_id is None  # not taken back
    }
    if dates:
        sending.add(
            "UPDATE ledger_entrybalance b SET revalued_on = n.day"
            " FROM unnest(%s::bigint[], %s::date[]) AS n (entry_id, day) WHERE b.entry_id = n.entry_id",
            [list(dates), list(dates.values())],
        )


def _entry_row(new: NewItemEntry, register_id: int) -> tuple[Any, ...]:
    applies_to = new.applies_to.id if new.applies_to is not None else new.applies_to_entry_id
    return (*_entry_shared(new.entry), *_entry_own(new), applies_to, register_id, *new.entry.order_key)


def _balance_row(new: NewItemEntry) -> tuple[Any, ...]:
    entry = new.entry
    return (
        entry.id, entry.item_id, entry.location_id, entry.variant_key, entry.posting_date, entry.valuation_date,
        entry.remaining, entry.invoiced, entry.returnable, entry.completely_invoiced, entry.last_invoice_date,
        entry.serial_number, entry.lot_number, entry.package_number, entry.quantity > 0,
    )  # fmt: skip


def _link_row(new: NewApplication, register_id: int) -> tuple[Any, ...]:
    return (
        register_id, new.owner.id, new.inbound.id, new.outbound.id if new.outbound else None, new.quantity,
        new.posting_date, new.cost_application, new.fixed, new.transferred_from.id if new.transferred_from else None,
        new.reverses_id,
    )  # fmt: skip


def _value_row(new: NewValueEntry, register_id: int) -> tuple[Any, ...]:
    entry, work = new.entry, new.capacity
    owner = (entry.id, None, entry.item_id) if work is None else (None, work.id, None)
    return (*_value_own(new), *owner, entry.location_id, entry.variant_key, register_id, *new.order_key)


def change_balances(entries: Iterable[Entry], sending: Sending) -> None:
    """Bring the balances of stored entries to what is left of them now."""
    rows = [
        (e.id, e.remaining, e.returnable, e.valuation_date, e.completely_invoiced, e.invoiced, e.last_invoice_date)
        for e in entries
    ]
    if rows:
        sending.add(_CHANGE_BALANCES, [list(column) for column in zip(*rows, strict=True)])


_CHANGE_BALANCES = """
    UPDATE ledger_entrybalance b
       SET remaining_quantity = n.remaining, returnable_quantity = n.returnable,
           valuation_date = n.valuation_date, completely_invoiced = n.final, invoiced_quantity = n.invoiced,
           last_invoice_date = n.invoiced_on
      FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[], %s::date[], %s::boolean[], %s::numeric[], %s::date[])
           AS n (entry_id, remaining, returnable, valuation_date, final, invoiced, invoiced_on)
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


def realign(
    register_id: int, moved: Iterable[tuple[int, date, date]], averaged: Mapping[int, bool], sending: Sending
) -> None:
    """Let the value entries of item ledger entries follow them, as rows that win over the old.

    `moved` are (entry, former date, date): what was valued with the entry still is, and nothing before it; a
    revaluation not before it was posted. `averaged` says which issues are valued by average from now on.
    """
    rows = {entry: (former, day) for entry, former, day in moved}
    ids = sorted(rows.keys() | averaged.keys())
    if ids:
        days = [rows.get(entry, (None, None)) for entry in ids]
        flags = [averaged.get(entry) for entry in ids]
        sending.add(_REALIGN, [register_id, ids, [day[0] for day in days], [day[1] for day in days], flags])


_REALIGN = """
    INSERT INTO ledger_valuationchange (register_id, value_entry_id, valuation_date, valued_by_average_cost)
    SELECT %s, v.id, t.day, t.averaged
      FROM unnest(%s::bigint[], %s::date[], %s::date[], %s::boolean[]) AS n (entry_id, former, day, averaged)
      JOIN ledger_valueentry v ON v.item_ledger_entry_id = n.entry_id
      LEFT JOIN LATERAL (
            SELECT valuation_date, valued_by_average_cost FROM ledger_valuationchange
             WHERE value_entry_id = v.id ORDER BY id DESC LIMIT 1) c ON true
     CROSS JOIN LATERAL (
            SELECT COALESCE(c.valuation_date, v.valuation_date) AS day,
                   COALESCE(c.valued_by_average_cost, v.valued_by_average_cost) AS averaged) w
     CROSS JOIN LATERAL (
            SELECT CASE WHEN n.day IS NULL OR (w.day <> n.former AND w.day >= n.day) THEN w.day
                        WHEN v.entry_type = 'revaluation' THEN greatest(n.day, v.posting_date)
                        ELSE n.day END AS day,
                   CASE WHEN v.entry_type = 'direct' AND v.inventoriable AND NOT v.adjustment AND v.item_charge = ''
                        THEN COALESCE(n.averaged, w.averaged) ELSE w.averaged END AS averaged) t
     WHERE (t.day, t.averaged) <> (w.day, w.averaged)
     ORDER BY v.id
"""


def append_general(
    source_code: str, user_id: int | None, source: str, values: Sequence[Any], also: Sequence[str] = ()
) -> tuple[Any, ...]:
    """Write one balanced G/L register out of value entries that are in the database; none where there is no pair.

    `source` are common table expressions with their `values`: `pair` (place, posting_date, document_number,
    description, debit, credit, amount, dimension_set_id, value_entry_ids), of which `debit` is debited where `amount`
    is above zero, in the order of `place`; and `taken` (id, actual, expected), what goes in of each value entry.
    Returns the register's id, the numbers of value and G/L entries, and the scalar expressions `also` over `source`.
    """
    assert connection.in_atomic_block
    more = "".join(f", {each}" for each in also)
    return answer_to(
        Question(
            f"WITH {source}, {_GENERAL} {more}",
            [*values, source_code, user_id, source_code],
            lambda rows: tuple(rows[0]),
        )
    )


_GENERAL = """
    register AS (
    INSERT INTO ledger_glregister (source_code, user_id, known_at)
    SELECT %s, %s::bigint, clock_timestamp() WHERE EXISTS (SELECT FROM taken) RETURNING id),
    numbered AS MATERIALIZED (
    SELECT p.*, nextval('ledger_glentry_id_seq') AS debit_id, nextval('ledger_glentry_id_seq') AS credit_id
      FROM (SELECT * FROM pair ORDER BY place, debit) p),
    entry AS (
    INSERT INTO ledger_glentry (id, register_id, account_id, posting_date, document_type, document_number,
                                description, amount, source_code, dimension_set_id)
    SELECT CASE side WHEN 1 THEN debit_id ELSE credit_id END, r.id, CASE side WHEN 1 THEN debit ELSE credit END,
           posting_date, '', document_number, description, side * amount, %s, dimension_set_id
      FROM numbered CROSS JOIN register r CROSS JOIN (VALUES (1), (-1)) AS s (side)),
    relation AS (
    INSERT INTO ledger_glrelation (gl_entry_id, value_entry_id)
    SELECT e.id, v.id
      FROM numbered CROSS JOIN unnest(value_entry_ids) AS v (id)
     CROSS JOIN LATERAL (VALUES (debit_id), (credit_id)) AS e (id)),
    posting AS (
    INSERT INTO ledger_valueposting (value_entry_id, register_id, actual, expected)
    SELECT t.id, r.id, t.actual, t.expected FROM taken t CROSS JOIN register r)
    SELECT (SELECT id FROM register), (SELECT count(*) FROM taken), (SELECT 2 * count(*) FROM numbered)
"""
