"""Databases with a past that is adjusted, one for each shape and size; built once, copied for each round.

Everything was bought and sold at 5.00, so that what an event changes is seen at once and any period fits.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from benchmarks import past, servers
from inventory.models import Item, ItemUnitOfMeasure, Location
from users.history import acting
from users.models import User

EARLY, MIDDLE = date(2024, 1, 1), date(2025, 1, 1)
PLACES = 40
CHAIN_ISSUES = 100
MONTH_ITEMS, MONTH_ENTRIES = 1_000, 100_000


@dataclass(frozen=True, slots=True)
class Flow:
    """One item: pairs of receipt and issue, a big receipt on MIDDLE without invoice, then `later` entries.

    With `is_open` the receipts are missing and every issue is still open.
    """

    method: str
    later: int
    before: int = 0
    is_open: bool = False

    @property
    def database(self) -> str:
        """The template that holds it."""
        kind = "open" if self.is_open else "flow"
        return f"bench_{kind}_{self.method}_{self.later}_{self.before}"


def flow(shape: Flow) -> str:
    """The template of a flow."""
    return _template(shape.database, lambda: _flow(shape))


def chain() -> str:
    """The template in which a receipt is moved through 40 places and sold in the last, piece by piece."""
    return _template("bench_chain", _chain)


def month() -> str:
    """The template with 100,000 entries of one month over 1,000 items, posted but neither adjusted nor in the G/L."""
    return _template("bench_month", _month)


def item_named(number: str) -> int:
    """The key of an item that a template added."""
    return int(Item.objects.get(number=number).pk)


def _template(database: str, fill: Callable[[], None]) -> str:
    if not servers.exists(database):
        servers.make(f"{database}_half", servers.COMPANY)
        fill()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        servers.use("postgres")
        with servers.connect("postgres") as server:
            server.execute(f"ALTER DATABASE {database}_half RENAME TO {database}")
    return database


def _items(numbers: dict[str, str]) -> dict[str, int]:
    """New items like the company's, as number: costing method."""
    like = Item.objects.order_by("id").first()
    assert like is not None
    with acting(User.objects.get(username="bench"), "benchmark"):
        items = Item.objects.bulk_create(
            Item(number=number, description=number, costing_method=method, base_unit_id=like.base_unit_id,
                 gen_product_posting_group_id=like.gen_product_posting_group_id,
                 inventory_posting_group_id=like.inventory_posting_group_id)
            for number, method in numbers.items()
        )  # fmt: skip
        ItemUnitOfMeasure.objects.bulk_create(ItemUnitOfMeasure(item=item, unit_id=like.base_unit_id) for item in items)
    return {item.number: item.pk for item in items}


def _fill(values: Mapping[str, Any], *statements: str) -> None:
    """Run the statements that fill the past, keep it, and leave the sequence behind it."""
    shared: dict[str, Any] = {
        "user": User.objects.get(username="bench").pk,
        "location": Location.objects.get(code="EAST").pk,
    }
    with connection.cursor() as cursor:
        for statement in (past.TABLES, past.REGISTERS, *statements, _NUMBERS, *past.KEEP):
            cursor.execute(statement, {**shared, **values})


_NUMBERS = "SELECT setval('ledger_itemledgerentry_id_seq', max(id)) FROM past"


def _flow(shape: Flow) -> None:
    items = _items({"FLOW": shape.method, "WARM": shape.method, "BESIDE": "fifo"})
    pairs, first = shape.before // 2, 4 + shape.before
    values = {
        "item": items["FLOW"], "warm": items["WARM"], "beside": items["BESIDE"], "pairs": pairs, "big": first,
        "later": shape.later, "registers": 2 + (shape.before + shape.later) // 1000, "early": EARLY, "middle": MIDDLE,
        "averaged": shape.method == "average",
    }  # fmt: skip
    _fill(values, _WARM, *((_OPEN,) if shape.is_open else (_PAIRS, _LATER)), _LINKS)


# Entries 1 and 2 belong to the item that warms a connection up, 3 is the stock that others post from meanwhile.
_WARM = """
    INSERT INTO past VALUES
    (1, 1, %(warm)s, %(location)s, %(middle)s, 'purchase', 1, 0, 5.00, false, 'WARM', false),
    (2, 1, %(warm)s, %(location)s, %(middle)s, 'sale', -1, 0, 5.00, %(averaged)s, 'WARM', true),
    (3, 1, %(beside)s, %(location)s, %(middle)s, 'purchase', 1000000, 1000000, 5.00, false, 'BESIDE', true)
"""
_PAIRS = """
    INSERT INTO past
    SELECT 3 + n, 1 + (n - 1) / 1000, %(item)s, %(location)s,
           %(early)s + ((n - 1) / 2 * 365::bigint / greatest(%(pairs)s, 1))::int,
           CASE WHEN n %% 2 = 1 THEN 'purchase' ELSE 'sale' END,
           (1 + (n - 1) / 2 %% 7) * CASE WHEN n %% 2 = 1 THEN 1 ELSE -1 END, 0, 5.00, n %% 2 = 0 AND %(averaged)s,
           'P' || lpad(((n - 1) / 100)::text, 8, '0')
      FROM generate_series(1, %(pairs)s * 2) n
"""
# With averages every tenth of the later entries is a receipt of its own, of which nothing is taken.
_LATER = """
    INSERT INTO past
    SELECT %(big)s + n, 1 + (%(pairs)s * 2 + n) / 1000, %(item)s, %(location)s,
           %(middle)s + (n * 363::bigint / %(later)s)::int + (n > 0)::int,
           CASE WHEN n = 0 OR own THEN 'purchase' ELSE 'sale' END,
           CASE WHEN n = 0 THEN %(later)s WHEN own THEN 1 ELSE -1 END,
           CASE WHEN own THEN 1 WHEN n = 0 AND %(averaged)s THEN %(later)s / 10 ELSE 0 END, 5.00,
           n > 0 AND NOT own AND %(averaged)s, 'L' || lpad((n / 100)::text, 8, '0'), n > 0
      FROM generate_series(0, %(later)s) n CROSS JOIN LATERAL (SELECT n > 0 AND n %% 10 = 0 AND %(averaged)s AS own) o
"""
_OPEN = """
    INSERT INTO past
    SELECT %(big)s + n, 1 + (n - 1) / 1000, %(item)s, %(location)s,
           %(middle)s + 1 + (n * 363::bigint / %(later)s)::int, 'sale', -1, -1, 5.00, false,
           'L' || lpad((n / 100)::text, 8, '0')
      FROM generate_series(1, %(later)s) n
"""
_LINKS = """
    INSERT INTO past_link
    SELECT register_id, id, CASE WHEN id > %(big)s THEN %(big)s ELSE id - 1 END, id, NULL, quantity, day, NOT averaged
      FROM past WHERE quantity < 0 AND remaining = 0
"""


def _chain() -> None:
    items = _items({"FLOW": "fifo", "WARM": "fifo", "BESIDE": "fifo"})
    east = Location.objects.get(code="EAST").pk
    with acting(User.objects.get(username="bench"), "benchmark"):
        made = Location.objects.bulk_create(Location(code=f"P{n:02}", name=f"P{n:02}") for n in range(1, PLACES + 1))
    _fill(
        {"item": items["FLOW"], "warm": items["WARM"], "beside": items["BESIDE"], "registers": 1, "averaged": False,
         "middle": MIDDLE, "places": [east, *(place.pk for place in made)], "moves": PLACES, "issues": CHAIN_ISSUES},
        _WARM, _MOVES, _LINKS_OF_MOVES,
    )  # fmt: skip


# Entry 4 is the receipt; move n leaves place n as entry 3 + 2n and arrives in the next one as entry 4 + 2n.
_MOVES = """
    INSERT INTO past VALUES
    (4, 1, %(item)s, %(location)s, %(middle)s, 'purchase', %(issues)s, 0, 5.00, false, 'BIG', false);
    INSERT INTO past
    SELECT 3 + 2 * n + side, 1, %(item)s, (%(places)s::bigint[])[n + side], %(middle)s + n, 'transfer',
           %(issues)s * (2 * side - 1), 0, 5.00, false, 'MOVE' || n
      FROM generate_series(1, %(moves)s) n, generate_series(0, 1) side;
    INSERT INTO past
    SELECT 4 + 2 * %(moves)s + n, 1, %(item)s, (%(places)s::bigint[])[%(moves)s + 1], %(middle)s + 100, 'sale', -1, 0,
           5.00, false, 'SALE' || n
      FROM generate_series(1, %(issues)s) n
"""
_LINKS_OF_MOVES = """
    INSERT INTO past_link VALUES (1, 2, 1, 2, NULL, -1, %(middle)s, true);
    INSERT INTO past_link
    SELECT 1, id, id - 1, id, NULL, quantity, day, true FROM past WHERE entry_type = 'transfer' AND quantity < 0;
    INSERT INTO past_link
    SELECT 1, id, id, id - 1, id - 2, quantity, day, true FROM past WHERE entry_type = 'transfer' AND quantity > 0;
    INSERT INTO past_link
    SELECT 1, id, 4 + 2 * %(moves)s, id, NULL, quantity, day, true FROM past WHERE document LIKE 'SALE%%'
"""


def _month() -> None:
    numbers = {f"M{n:04}": "average" if n % 2 else "fifo" for n in range(MONTH_ITEMS)}
    first = min(_items({"WARM": "fifo", "BESIDE": "fifo", **numbers}).values())
    _fill(
        {"warm": first, "beside": first + 1, "first": first + 2, "items": MONTH_ITEMS, "averaged": False,
         "rounds": MONTH_ENTRIES // MONTH_ITEMS, "registers": 1 + MONTH_ENTRIES // MONTH_ITEMS, "middle": MIDDLE},
        _WARM, _ROUNDS, _LINKS_OF_ROUNDS, *_QUEUES,
    )  # fmt: skip


# Each register is a document with one line for each item; an issue takes what the register before it brought in.
_ROUNDS = """
    INSERT INTO past
    SELECT 3 + (k - 1) * %(items)s + n, 1 + k, %(first)s + n - 1, %(location)s,
           date '2026-01-01' + (k - 1) * 31 / %(rounds)s, CASE WHEN k %% 2 = 1 THEN 'purchase' ELSE 'sale' END,
           (1 + (n + (k - 1) / 2) %% 7) * CASE WHEN k %% 2 = 1 THEN 1 ELSE -1 END, 0,
           CASE WHEN k %% 2 = 1 THEN 4 + (n * 7 + k * 13) %% 200 / 100.0 ELSE 5 END,
           k %% 2 = 0 AND n %% 2 = 0, 'DOC' || k
      FROM generate_series(1, %(rounds)s) k, generate_series(1, %(items)s) n
"""
_LINKS_OF_ROUNDS = """
    INSERT INTO past_link
    SELECT register_id, id, CASE WHEN id = 2 THEN 1 ELSE id - %(items)s END, id, NULL, quantity, day, NOT averaged
      FROM past WHERE quantity < 0
"""
_QUEUES = (
    """
    INSERT INTO costing_costtoforward (register_id, item_id, from_date, created_at, failure)
    SELECT register_id, item_id, day, now(), '' FROM past WHERE id > 3 ORDER BY id
    """,
    """
    INSERT INTO costing_costtopost (register_id, item_id, posting_date, created_at, failure)
    SELECT register_id, item_id, day, now(), '' FROM past WHERE id > 3 ORDER BY id
    """,
)
