"""Which items wait in journals to be posted."""

from collections.abc import Iterable, Sequence

from django.db import connection

from inventory.uses import ItemAndUnit, Use


def _on_lines(item_ids: Sequence[int]) -> Iterable[ItemAndUnit]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT item_id, COALESCE(unit_id, 0) FROM posting_itemjournalline"
            " WHERE item_id = ANY(%s::bigint[])",
            [list(item_ids)],
        )
        rows: list[ItemAndUnit] = cursor.fetchall()
        return rows


JOURNAL_LINES = Use("journal lines", _on_lines)
