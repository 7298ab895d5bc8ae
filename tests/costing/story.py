"""A story for tests with processes of their own: `python -m tests.costing.story post|drain|digest`.

`post` writes it, `drain` does the work by itself, `digest` prints what the books say, as one line of JSON.
"""

import json
import sys
from decimal import Decimal

import django

ITEMS = 24
METHODS = ("fifo", "lifo", "average", "standard")


def post() -> None:
    """Sales at a wrong cost before and after receipts, returns and transfers: much to adjust at two levels."""
    from ledger.models import ItemLedgerEntry
    from tests.factories import Company
    from users.models import User

    company = Company(User.objects.create_user("story"))
    items = [
        company.item(f"I{n:02}", METHODS[n % 4], low_level_code=n % 2, standard_cost=Decimal("5"))
        for n in range(ITEMS)
    ]  # fmt: skip
    for item in items:
        company.line("sale", item, 3, unit_cost="1", location=company.east)
        company.line("purchase", item, 10, unit_amount="7.77", location=company.east)
        company.line("purchase", item, 7, unit_amount="3.33", location=company.east)
        company.line("sale", item, 6, unit_cost="1", location=company.east)
    register = company.post().register_id
    sales = ItemLedgerEntry.objects.filter(register=register, quantity=-6).order_by("id")
    for item, sold in zip(items, sales, strict=True):
        company.line("sale", item, -2, applies_from_entry=sold.pk, location=company.east)
        company.line("sale", item, 1, unit_cost="1", location=company.east)
    company.post()
    company.post(*(company.line("transfer", item, 4, location=company.east, new_location=company.west)
                   for item in items))  # fmt: skip


def digest() -> dict[str, object]:
    """Costs by item and entry, unit costs, the G/L by account, how often each worth was posted, and the audit."""
    from django.db import connection

    from ledger.audit import audit_ledger

    asked = {
        "costs": "SELECT i.number, row_number() OVER (PARTITION BY i.number ORDER BY e.id), e.quantity,"
        " (SELECT sum(cost_amount_actual) FROM ledger_valueentry WHERE item_ledger_entry_id = e.id)"
        " FROM ledger_itemledgerentry e JOIN inventory_item i ON i.id = e.item_id ORDER BY 1, 2",
        "rows": "SELECT i.number, count(*) FROM ledger_valueentry v JOIN inventory_item i ON i.id = v.item_id"
        " GROUP BY 1 ORDER BY 1",
        "unit costs": "SELECT i.number, s.unit_cost FROM ledger_itemstate s JOIN inventory_item i ON i.id = s.item_id"
        " ORDER BY 1",
        "accounts": "SELECT a.number, sum(g.amount), count(*) FROM ledger_glentry g"
        " JOIN ledger_glaccount a ON a.id = g.account_id GROUP BY 1 ORDER BY 1",
        "posted twice": "SELECT value_entry_id FROM ledger_valueposting GROUP BY 1 HAVING count(*) > 1",
        "queued": "SELECT (SELECT count(*) FROM costing_costtoforward), (SELECT count(*) FROM costing_costtopost)",
    }
    found: dict[str, object] = {"audit": [str(finding) for finding in audit_ledger()]}
    with connection.cursor() as cursor:
        for name, statement in asked.items():
            cursor.execute(statement)
            found[name] = [[str(value) for value in row] for row in cursor.fetchall()]
    return found


if __name__ == "__main__":
    django.setup()
    match sys.argv[1]:
        case "post":
            post()
        case "drain":
            from work.queue import drain

            drain()
        case "digest":
            print(json.dumps(digest()))
