"""A story for tests with processes of their own: `python -m tests.costing.story post|adjust ROWS|drain|digest`.

`post` writes it, `adjust` adjusts costs with that many rows in a transaction, `drain` does all the work by itself,
`digest` prints what the books say, as one line of JSON.
"""

import json
import sys
from decimal import Decimal
from typing import Any

import django

ITEMS = 24
METHODS = ("fifo", "lifo", "average", "standard")


def post() -> None:
    """Every kind of event, orders in two costing methods, then what costs of all of it follow from."""
    from tests.costing.histories import transit_of
    from tests.costing.kinds import EVENTS, Shop, charge_late
    from tests.factories import Company
    from users.models import User

    company = Company(User.objects.create_user("story"))
    transit, shops = transit_of(company), []
    for number, (name, (prepare, act)) in enumerate(EVENTS.items()):
        twice = "assembly" in name or "production" in name
        for method in (METHODS[number % 4], METHODS[(number + 2) % 4])[: 1 + twice]:
            shop = Shop(company, transit, f"{number}{method[0].upper()}", method)
            prepare(shop)
            act(shop)
            shops.append(shop)
    _wrong_costs(company)
    _serial_numbers(company, transit)
    charge_late(shops)


def _wrong_costs(company: Any) -> None:
    """Sales at a wrong cost before and after receipts, returns and transfers: much to adjust at two levels."""
    from ledger.models import ItemLedgerEntry

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


def _serial_numbers(company: Any, transit: Any) -> None:
    """Specific costing: received, sold and returned by their numbers, and invoiced at last."""
    from tests.costing.kinds import ZERO, Shop

    shop = Shop(company, transit, "SERIAL")
    item = company.item("SERIAL", "specific")
    numbers = [f"S{number}" for number in range(4)]
    lines = [shop.line("purchase", 1, "IN", item, amount="9.99", serial_number=s, invoiced=ZERO) for s in numbers]
    shop.wood = item
    shop.post(*lines, *(shop.line("sale", 1, "OUT", item, amount="20", serial_number=s) for s in numbers[1:]))
    back = shop.entries("OUT")[0]
    shop.post(shop.line("sale", -1, "BACK", item, amount="-20", serial_number=numbers[1], applies_from=back))
    shop.post(*(shop.invoice(entry, amount=f"{10 + n}.07") for n, entry in enumerate(shop.entries("IN"))))


def adjust(rows: int) -> None:
    """Costs only, in many small parts."""
    import costing.adjust

    costing.adjust.MOST_ROWS = rows
    costing.adjust.adjust_costs()


def digest() -> dict[str, object]:
    """Costs by item and entry, unit costs, the G/L by account, how often each worth was posted, and the audit."""
    from django.db import connection

    from ledger.audit import audit_ledger

    asked = {
        "costs": "SELECT i.number, row_number() OVER (PARTITION BY i.number ORDER BY e.id), e.entry_type, e.quantity,"
        " b.remaining_quantity, b.invoiced_quantity, b.completely_invoiced, b.valuation_date,"
        " (SELECT sum(cost_amount_actual) || ' ' || sum(cost_amount_expected)"
        " FROM ledger_valueentry WHERE item_ledger_entry_id = e.id)"
        " FROM ledger_itemledgerentry e JOIN inventory_item i ON i.id = e.item_id"
        " JOIN ledger_entrybalance b ON b.entry_id = e.id ORDER BY 1, 2",
        "rows": "SELECT i.number, count(*) FROM ledger_valueentry v JOIN inventory_item i ON i.id = v.item_id"
        " GROUP BY 1 ORDER BY 1",
        "averages": "SELECT i.number, p.period_end, p.quantity, p.cost FROM costing_averagecostpoint p"
        " JOIN inventory_item i ON i.id = p.item_id ORDER BY 1, 2, p.location_id",
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
    match sys.argv[1:]:
        case ["post"]:
            post()
        case ["adjust", rows]:
            adjust(int(rows))
        case ["drain"]:
            from work.queue import drain

            drain()
        case ["digest"]:
            print(json.dumps(digest()))
