"""The kinds of worth that wait for the G/L, each with its accounts or with what it lacks (costing-gl-posting.md §2).

A kind is what decides on the accounts: what a value entry belongs to, its type, its place and its groups. There are
few of them however many value entries wait, so accounts are found here and joined to the entries in the database.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

from django.db import connection

from costing.accounts import MATRIX, Accounts, MissingAccount, Pair


class Claim(NamedTuple):
    """A queue row: worth of one item in one register."""

    id: int
    register_id: int
    item_id: int


class Key(NamedTuple):
    """What decides on the accounts; 0 stands for no group."""

    belongs_to: str
    value_type: str
    variance_type: str
    location_id: int
    inventory_group: int
    business_group: int
    product_group: int


@dataclass(frozen=True, slots=True)
class Accounting:
    """Where one part of a kind goes: account ids, the number of their posting group, and the words for an entry."""

    debit: int | None = None
    credit: int | None = None
    bucket: int = 0
    words: str = ""
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind with the accounts of its actual and of its expected part."""

    key: Key
    actual: Accounting
    expected: Accounting


# Statements that read value entries name them v, their queue rows q and the capacity they stand for c.
BELONGS_TO = """CASE WHEN v.capacity_ledger_entry_id IS NOT NULL THEN v.order_type || '_capacity'
                     WHEN v.item_ledger_entry_type = 'transfer' AND v.item_charge <> '' THEN 'purchase'
                     ELSE v.item_ledger_entry_type END"""
KEY = f"""{BELONGS_TO}, v.entry_type, v.variance_type, v.location_id, coalesce(v.inventory_posting_group_id, 0),
          coalesce(v.gen_business_posting_group_id, 0), coalesce(v.gen_product_posting_group_id, 0)"""
# Entries are found by their registers, each register once: a long one has many items and as many queue rows. The
# worth of capacity belongs to no item; its queue row names the item that the order makes.
FROM_CLAIMED = """ledger_valueentry v
      LEFT JOIN ledger_capacityledgerentry c ON c.id = v.capacity_ledger_entry_id
      JOIN unnest(%s::bigint[], %s::bigint[]) AS q (register_id, item_id)
        ON q.register_id = v.register_id AND q.item_id = coalesce(v.item_id, c.item_id)"""
WHERE_CLAIMED = "(v.inventoriable OR v.item_id IS NULL) AND v.register_id = ANY(%s::bigint[])"


def from_claimed(rows: Sequence[Claim]) -> list[list[int]]:
    """The parameters of FROM_CLAIMED."""
    return [[row.register_id for row in rows], [row.item_id for row in rows]]


def where_claimed(rows: Sequence[Claim]) -> list[list[int]]:
    """The parameters of WHERE_CLAIMED."""
    return [sorted({row.register_id for row in rows})]


def kinds_of(rows: Sequence[Claim], accounts: Accounts, *, grouped: bool) -> list[Kind]:
    """The kinds among the value entries of these queue rows; one statement, and one for names where they are needed.

    `grouped` gives the words of a posting group rather than those of an entry.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {KEY}, bool_or(v.cost_amount_actual <> 0), bool_or(v.cost_amount_expected <> 0)"
            f" FROM {FROM_CLAIMED} WHERE {WHERE_CLAIMED}"
            " GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7",
            [*from_claimed(rows), *where_claimed(rows)],
        )
        found = [(Key(*row[:7]), row[7], row[8]) for row in cursor.fetchall()]
    finder = _Finder(accounts, grouped, [key for key, *_ in found])
    none = Accounting()
    return [
        Kind(
            key,
            finder.accounting(key, expected=False) if actual else none,
            finder.accounting(key, expected=True) if expected else none,
        )
        for key, actual, expected in found
    ]


def as_json(kinds: Sequence[Kind]) -> str:
    """For json_to_recordset(…) AS k (KIND_COLUMNS): one row for each kind, in order."""
    rows = []
    for number, kind in enumerate(kinds):
        row: dict[str, object] = {"number": number, **kind.key._asdict()}
        for part, accounting in (("actual", kind.actual), ("expected", kind.expected)):
            row |= {f"{part}_{name}": value for name, value in asdict(accounting).items() if name != "lacks"}
        rows.append(row)
    return json.dumps(rows)


KIND_COLUMNS = """number int, belongs_to text, value_type text, variance_type text, location_id bigint,
    inventory_group bigint, business_group bigint, product_group bigint,
    actual_debit bigint, actual_credit bigint, actual_bucket int, actual_words text,
    expected_debit bigint, expected_credit bigint, expected_bucket int, expected_words text"""


class _Finder:
    def __init__(self, accounts: Accounts, grouped: bool, keys: Sequence[Key]) -> None:
        self.accounts, self.grouped, self.keys = accounts, grouped, keys
        self.buckets: dict[tuple[Pair, int, int, int, int], int] = {}
        self._names: dict[tuple[str, int], str] = {}

    def accounting(self, key: Key, *, expected: bool) -> Accounting:
        pair = MATRIX.get((key.belongs_to, key.value_type, key.variance_type, expected))
        if pair is None:
            part = "expected cost" if expected else "cost"
            return Accounting(lacks=f"There is no account for {part} of the kind {_words(key)}; correct it by posting")
        at = (key.location_id, key.inventory_group, key.business_group or None, key.product_group)
        found = [self.accounts.find(role, *at) for role in pair]
        lacks = [each for each in found if isinstance(each, MissingAccount)]
        if lacks:
            return Accounting(lacks=f"{lacks[0].setup} lacks the {lacks[0].account} for {self._groups(key, lacks[0])}")
        debit, credit = (each for each in found if isinstance(each, int))
        bucket = self.buckets.setdefault((pair, *key[3:]), len(self.buckets))
        return Accounting(debit, credit, bucket, self._group_words(key, pair) if self.grouped else _words(key))

    def _group_words(self, key: Key, pair: Pair) -> str:
        """The parts of the group's key; the date stands beside them (costing-gl-posting.md §5.2)."""
        debit, credit = (role.replace("_", " ") for role in pair)
        names = [self._name("location", key.location_id), self._name("inventory", key.inventory_group)]
        names += [self._name("business", key.business_group), self._name("product", key.product_group)]
        return f"{debit} / {credit} {' '.join(name for name in names if name)}"

    def _groups(self, key: Key, missing: MissingAccount) -> str:
        if missing.setup.startswith("Inventory"):
            place = self._name("location", key.location_id) or "(blank)"
            return f"location {place} and group {self._name('inventory', key.inventory_group) or '(none)'}"
        business = self._name("business", key.business_group) or "(blank)"
        return f"business group {business} and product group {self._name('product', key.product_group) or '(none)'}"

    def _name(self, kind: str, row: int) -> str:
        """A code; all that may be asked for are read at the first question."""
        if not self._names:
            self._names = _read_names(self.keys)
        return self._names.get((kind, row), "")


def _words(key: Key) -> str:
    return f"{key.value_type.capitalize()} {key.belongs_to.replace('_', ' ')}"


def _read_names(keys: Sequence[Key]) -> dict[tuple[str, int], str]:
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [sorted({key[place] for key in keys}) for place in (3, 4, 5, 6)])
        return {(kind, row): code for kind, row, code in cursor.fetchall()}


_NAMES = """
    SELECT 'location', id, code FROM inventory_location WHERE id = ANY(%s)
    UNION ALL SELECT 'inventory', id, code FROM inventory_inventorypostinggroup WHERE id = ANY(%s)
    UNION ALL SELECT 'business', id, code FROM inventory_genbusinesspostinggroup WHERE id = ANY(%s)
    UNION ALL SELECT 'product', id, code FROM inventory_genproductpostinggroup WHERE id = ANY(%s)
"""
