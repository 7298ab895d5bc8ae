"""Journal lines as grid, API and import show them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import connection

from posting import errors
from posting.cells import FIELDS, hidden_fields, text_of, words_of

LARGEST_LINE_NUMBER = 2**31 - 1


@dataclass(slots=True)
class SavedLine:
    """A line as it is now, all values as text, with what is wrong in its cells; `saved` says whether it changed.

    Without costs, the cells of `hidden_fields` are left out and `default_unit_cost` is None.
    """

    row: str
    id: int | None
    version: int | None = None
    line_number: int | None = None
    values: dict[str, str] = field(default_factory=dict)
    default_unit_cost: str | None = ""
    unread: dict[str, str] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    saved: bool = False
    deleted: bool = False

    def as_dict(self) -> dict[str, Any]:
        """As answers show it; a cost that may not be seen is not there."""
        shown = asdict(self)
        if self.default_unit_cost is None:
            del shown["default_unit_cost"]
        return shown


def read_lines(
    batch_id: int,
    *,
    ids: Sequence[int] | None = None,
    after: int = -LARGEST_LINE_NUMBER,
    limit: int | None = None,
    with_cost: bool = True,
) -> list[SavedLine]:
    """The lines of a batch as the grid shows them, from the line number behind `after` on; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [batch_id, None if ids is None else list(ids), list(ids or ()), after, limit])
        names = [column.name for column in cursor.description or ()]
        return [_shown(dict(zip(names, row, strict=True)), with_cost=with_cost) for row in cursor.fetchall()]


def _shown(row: dict[str, Any], *, with_cost: bool) -> SavedLine:
    hidden = () if with_cost else hidden_fields(row["entry_type"])
    unread = {name: raw for name, raw in json.loads(row["unread"]).items() if name not in hidden}
    problems = [
        errors.LineNotUnderstood(line=row["id"], name=words_of(name), value=raw) for name, raw in unread.items()
    ]
    for problem, name in zip(problems, unread, strict=True):
        problem.field = name
    return SavedLine(
        row=str(row["id"]),
        id=row["id"],
        version=row["version"],
        line_number=row["line_number"],
        values={name: text_of(row[name]) for name in FIELDS if name not in hidden},
        default_unit_cost=text_of(row["default_unit_cost"]) if with_cost else None,
        unread=unread,
        errors=[{**problem.as_dict(), "row": str(row["id"])} for problem in problems],
    )


_READ = """
    SELECT l.*, i.number AS item, v.code AS variant, p.code AS location, np.code AS new_location, u.code AS unit,
           gb.code AS gen_business_posting_group, gp.code AS gen_product_posting_group, vendor.number AS vendor,
           customer.number AS customer,
           CASE WHEN i.costing_method = 'standard' THEN i.standard_cost ELSE s.unit_cost END
           * iu.quantity_per_unit AS default_unit_cost
      FROM posting_itemjournalline l
      LEFT JOIN inventory_item i ON i.id = l.item_id
      LEFT JOIN ledger_itemstate s ON s.item_id = l.item_id
      LEFT JOIN inventory_variant v ON v.id = l.variant_id
      LEFT JOIN inventory_location p ON p.id = l.location_id
      LEFT JOIN inventory_location np ON np.id = l.new_location_id
      LEFT JOIN inventory_unitofmeasure u ON u.id = l.unit_id
      LEFT JOIN inventory_itemunitofmeasure iu ON iu.item_id = l.item_id
                                                AND iu.unit_id = COALESCE(l.unit_id, i.base_unit_id)
      LEFT JOIN inventory_genbusinesspostinggroup gb ON gb.id = l.gen_business_posting_group_id
      LEFT JOIN inventory_genproductpostinggroup gp ON gp.id = l.gen_product_posting_group_id
      LEFT JOIN inventory_vendor vendor ON vendor.id = l.vendor_id
      LEFT JOIN inventory_customer customer ON customer.id = l.customer_id
     WHERE l.batch_id = %s AND (%s::bigint[] IS NULL OR l.id = ANY(%s::bigint[])) AND l.line_number > %s
     ORDER BY l.line_number LIMIT %s
"""
