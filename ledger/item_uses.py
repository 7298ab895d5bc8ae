"""What the ledgers hold of items: entries for ever, and the state that accompanies each."""

from collections.abc import Iterable, Sequence

from django.db import connection

from inventory.uses import ItemAndUnit, Use


def _with_entries(item_ids: Sequence[int]) -> Iterable[ItemAndUnit]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.id, 0 FROM unnest(%s::bigint[]) AS n (id)"
            " WHERE EXISTS (SELECT FROM ledger_itemledgerentry e WHERE e.item_id = n.id)",
            [list(item_ids)],
        )
        rows: list[ItemAndUnit] = cursor.fetchall()
        return rows


def _forget_states(item_ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_itemstate WHERE item_id = ANY(%s::bigint[])", [list(item_ids)])
        cursor.execute(
            "DELETE FROM ledger_stockkeepingunitstate s USING inventory_stockkeepingunit u"
            " WHERE u.id = s.stockkeeping_unit_id AND u.item_id = ANY(%s::bigint[])",
            [list(item_ids)],
        )


ENTRIES = Use("item ledger entries", _with_entries, final=True, forget=_forget_states)
