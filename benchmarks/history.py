"""Posting must not slow down as the ledgers grow: the same issues with a long history, and without."""

from collections.abc import Iterator
from time import perf_counter

from django.db import connection

from benchmarks import servers
from benchmarks.company import ITEMS, Company
from benchmarks.measure import ROUNDS, Measure, median_of

LINES, OPEN = 100, 14
SHORT, LONG = "bench_short", "bench_long"


def measures(*, full: bool) -> Iterator[Measure]:
    """Issues of 100 lines by turns in two databases that have the same stock; the limit is the one without a past."""
    entries, count = (1_000_000, 10) if full else (100_000, 5)
    template = f"bench_history_{entries}"
    if not servers.exists(template):
        servers.make(template, servers.COMPANY)
        _write_history(entries)
    servers.make(LONG, template)
    servers.make(SHORT, servers.COMPANY)
    for database in (LONG, SHORT):
        servers.use(database)
        Company().receive(OPEN)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    rounds = [(_rate(LONG, place, count), _rate(SHORT, place, count)) for place in range(1, ROUNDS + 1)]
    yield median_of(f"posting fifo sale, {LINES} lines after {entries:,} entries", "lines/s", rounds)


def _rate(database: str, seed: int, count: int) -> float:
    servers.use(database)
    company = Company(seed=seed + 1)
    documents = company.documents("sale", count + 1, LINES)
    company.post(documents[0])  # a new connection's first posting fills its caches
    start = perf_counter()
    for document in documents[1:]:
        company.post(document)
    return count * LINES / (perf_counter() - start)


def _write_history(entries: int) -> None:
    """A past of receipts that were issued whole, a day apart each, in registers of 1,000 entries."""
    company = Company()
    values = {
        "entries": entries, "pairs": entries // 2, "items": ITEMS, "first": company.items[0],
        "location": company.location, "user": company.user.pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) - min(id) + 1 = count(*) FROM inventory_item")
        assert cursor.fetchone()[0], "the past numbers items from the first on"
        for statement in _PAST:
            cursor.execute(statement, values)


# Entry n is a receipt when odd and the issue of it when even.
_PAST = (
    """
    INSERT INTO ledger_itemregister (id, source_code, journal_batch, description, user_id, known_at)
    SELECT nextval('ledger_itemregister_id_seq'), 'item_journal', 'ITEM/BENCH1', '', %(user)s,
           timestamptz '2020-01-01' + n * interval '1 minute'
      FROM generate_series(1, %(entries)s / 1000) n
    """,
    """
    CREATE TEMPORARY TABLE past AS
    SELECT nextval('ledger_itemledgerentry_id_seq') AS id, n, n %% 2 = 1 AS positive,
           1 + (n - 1) / 1000 AS register_id, %(first)s + (n - 1) / 2 %% %(items)s AS item_id,
           date '2020-01-01' + ((n - 1)::bigint * 2000 / %(entries)s)::int AS day,
           (1 + (n - 1) / 2 %% 7)::numeric AS quantity, 5.00 AS price,
           'P' || lpad(((n - 1) / 100)::text, 8, '0') AS document
      FROM generate_series(1, %(entries)s) n
    """,
    """
    INSERT INTO ledger_itemledgerentry (
           id, register_id, item_id, variant_key, location_id, posting_date, document_date, entry_type, document_type,
           document_number, document_line, external_document_number, order_type, order_number, order_line, description,
           quantity, unit_code, quantity_per_unit, correction, drop_shipment, serial_number, lot_number, package_number,
           reason_code)
    SELECT id, register_id, item_id, 0, %(location)s, day, day, CASE WHEN positive THEN 'purchase' ELSE 'sale' END, '',
           document, 0, '', '', '', 0, '', CASE WHEN positive THEN quantity ELSE -quantity END, 'PCS', 1, false, false,
           '', '', '', ''
      FROM past
    """,
    """
    INSERT INTO ledger_entrybalance (
           entry_id, item_id, location_id, variant_key, positive, posting_date, valuation_date, remaining_quantity,
           invoiced_quantity, returnable_quantity, completely_invoiced, last_invoice_date, serial_number, lot_number,
           package_number)
    SELECT id, item_id, %(location)s, 0, positive, day, day, 0, CASE WHEN positive THEN quantity ELSE -quantity END,
           CASE WHEN positive THEN 0 ELSE -quantity END, true, day, '', '', ''
      FROM past
    """,
    """
    INSERT INTO ledger_itemapplicationentry (
           register_id, item_ledger_entry_id, inbound_entry_id, outbound_entry_id, quantity, posting_date,
           cost_application, fixed)
    SELECT register_id, id, CASE WHEN positive THEN id ELSE id - 1 END, CASE WHEN positive THEN NULL ELSE id END,
           CASE WHEN positive THEN quantity ELSE -quantity END, day, true, false
      FROM past
    """,
    """
    INSERT INTO ledger_valueentry (
           register_id, item_ledger_entry_id, item_id, variant_key, location_id, item_ledger_entry_type, entry_type,
           variance_type, posting_date, valuation_date, document_type, document_number, document_line,
           external_document_number, order_type, order_number, order_line, valued_quantity,
           item_ledger_entry_quantity, invoiced_quantity, cost_per_unit, cost_amount_actual, cost_amount_expected,
           cost_amount_non_inventoriable, sales_amount_actual, sales_amount_expected, purchase_amount_actual,
           purchase_amount_expected, discount_amount, expected_cost, item_charge, valued_by_average_cost,
           partial_revaluation, inventoriable, adjustment, sweep, drop_shipment, inventory_posting_group_id,
           gen_product_posting_group_id, reason_code, cause, caused_by_document)
    SELECT p.register_id, p.id, p.item_id, 0, %(location)s, CASE WHEN p.positive THEN 'purchase' ELSE 'sale' END,
           'direct', '', p.day, p.day, '', p.document, 0, '', '', '', 0, s.quantity, s.quantity, s.quantity, p.price,
           s.quantity * p.price, 0, 0, 0, 0, CASE WHEN p.positive THEN s.quantity * p.price ELSE 0 END, 0, 0, false,
           '', false, false, true, false, false, false, i.inventory_posting_group_id, i.gen_product_posting_group_id,
           '', '', ''
      FROM past p JOIN inventory_item i ON i.id = p.item_id
     CROSS JOIN LATERAL (SELECT CASE WHEN p.positive THEN p.quantity ELSE -p.quantity END AS quantity) s
     ORDER BY p.id
    """,
    "UPDATE ledger_itemstate SET unit_cost = 5, last_direct_cost = 5",
    "DROP TABLE past",
)
