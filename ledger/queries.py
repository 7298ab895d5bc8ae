"""Questions to the book: each a fixed number of statements, each with everything that a page shows.

Costs are asked for by name (`with_cost`): whoever may not see them does not even read them (decision 25).
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Case, Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from inventory.choices import CostingMethod
from inventory.models import Item, Location
from ledger.models import (
    EntryBalance,
    GLAccount,
    GLEntry,
    GLRegister,
    GLRelation,
    ItemApplicationEntry,
    ItemLedgerEntry,
    ItemRegister,
    ValuationChange,
    ValueEntry,
    ValuePosting,
)

ZERO = Decimal(0)


def quantity_on_hand(item: Item, *, at: Location | None = None, on: date | None = None) -> Decimal:
    """Base units, everywhere or `at` a location, now or at the end of the day `on`."""
    entries = item.ledger_entries.all()
    if at is not None:
        entries = entries.filter(location=at)
    if on is not None:
        entries = entries.filter(posting_date__lte=on)
    total: Decimal = entries.aggregate(total=Coalesce(Sum("quantity"), ZERO))["total"]
    return total


@dataclass(frozen=True, slots=True)
class Stock:
    """What of an item lies at a location; `cost` is blank unless it was asked for."""

    location: str
    location_name: str
    variant: str
    quantity: Decimal
    cost: Decimal | None


def stock_by_location(item: Item, *, on: date | None = None, with_cost: bool = False) -> list[Stock]:
    """Quantity (and value) of an item for each location and variant it was ever at; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_STOCK_AND_COST if with_cost else _STOCK, [item.pk, on, on] * (1 + with_cost))
        return [Stock(*row) for row in cursor.fetchall()]


_MOVED = """
       SELECT location_id, variant_key, quantity, {cost} AS cost
         FROM ledger_itemledgerentry WHERE item_id = %s AND (%s::date IS NULL OR posting_date <= %s)
"""
_VALUED = """
        UNION ALL
       SELECT location_id, variant_key, 0, cost_amount_actual + cost_amount_expected
         FROM ledger_valueentry WHERE item_id = %s AND (%s::date IS NULL OR posting_date <= %s) AND inventoriable
"""
_SUMMED = """
    SELECT p.code, p.name, coalesce(v.code, ''), sum(s.quantity), sum(s.cost)
      FROM ({rows}) s
      JOIN inventory_location p ON p.id = s.location_id
      LEFT JOIN inventory_variant v ON v.id = s.variant_key
     GROUP BY 1, 2, 3 ORDER BY 1, 3
"""
_STOCK = _SUMMED.format(rows=_MOVED.format(cost="NULL::numeric"))
_STOCK_AND_COST = _SUMMED.format(rows=_MOVED.format(cost="0") + _VALUED)


def with_stock(items: QuerySet[Item], *, with_cost: bool = False) -> QuerySet[Item]:
    """Items with `quantity_on_hand`; `with_cost` adds `unit_cost`, `last_direct_cost` and `inventory_value`.

    The unit cost of a standard item is its standard cost (costing-methods.md §1.1). Whether it is final:
    `costing.queries.with_adjusted`.
    """
    items = items.select_related("state").annotate(quantity_on_hand=F("state__quantity"))
    if not with_cost:
        return items
    standard = When(costing_method=CostingMethod.STANDARD, then=F("standard_cost"))
    return items.annotate(
        unit_cost=Case(standard, default=F("state__unit_cost")),
        last_direct_cost=F("state__last_direct_cost"),
        inventory_value=F("state__cost_amount_actual") + F("state__cost_amount_expected"),
    )


def on_hand_at(items: QuerySet[Item], location: Location | None) -> QuerySet[Item]:
    """Items with `on_hand`: everywhere, or at a location, summed from what is open there."""
    if location is None:
        return items.annotate(on_hand=F("state__quantity"))
    there = EntryBalance.objects.filter(location=location).exclude(remaining_quantity=0)
    return items.annotate(on_hand=_sum(there, "item", "remaining_quantity"))


def stock_totals() -> tuple[int, int, Decimal]:
    """Items in stock, items below zero, and what everything is worth; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE quantity > 0), count(*) FILTER (WHERE quantity < 0),"
            " coalesce(sum(cost_amount_actual + cost_amount_expected), 0) FROM ledger_itemstate"
        )
        row: tuple[int, int, Decimal] = cursor.fetchone()
    return row


def item_ledger_entries(*, with_cost: bool = False) -> QuerySet[ItemLedgerEntry]:
    """Item ledger entries, newest first, with what is left of them; one statement.

    `remaining_quantity` and `invoiced_quantity` always, `sales_amount_actual` too, which is no cost;
    `cost_amount_actual` and `cost_amount_expected` where costs are asked for.
    """
    sums = ["sales_amount_actual", *(["cost_amount_actual", "cost_amount_expected"] if with_cost else [])]
    return (
        ItemLedgerEntry.objects.select_related(
            "item", "variant", "location", "vendor", "customer", "responsibility_center"
        )
        .annotate(
            remaining_quantity=F("balance__remaining_quantity"),
            invoiced_quantity=F("balance__invoiced_quantity"),
            completely_invoiced=F("balance__completely_invoiced"),
            **{name: _sum(ValueEntry.objects.all(), "item_ledger_entry", name) for name in sums},
        )
        .order_by("-id")
    )


def item_ledger(item: Item, *, with_cost: bool = False) -> QuerySet[ItemLedgerEntry]:
    """The entries behind an item's quantity on hand."""
    return item_ledger_entries(with_cost=with_cost).filter(item=item)


def value_entries() -> QuerySet[ValueEntry]:
    """Value entries, newest first, with what of them is in the G/L and the valuation date as it is now."""
    postings = ValuePosting.objects.all()
    changes = ValuationChange.objects.filter(value_entry=OuterRef("pk")).order_by("-id")
    return (
        ValueEntry.objects.select_related(
            "item", "location", "inventory_posting_group", "gen_business_posting_group", "gen_product_posting_group",
            "vendor", "customer", "item_ledger_entry", "item_ledger_entry__variant",
        )
        .annotate(
            cost_posted_to_gl=_sum(postings, "value_entry", "actual"),
            expected_cost_posted_to_gl=_sum(postings, "value_entry", "expected"),
            valued_on=Coalesce(Subquery(changes.values("valuation_date")[:1]), F("valuation_date")),
        )
        .order_by("-id")
    )  # fmt: skip


def value_entries_of(owner: ItemLedgerEntry | Item | GLEntry) -> QuerySet[ValueEntry]:
    """The value entries behind a cost: of an entry, of an item, or of an amount in the G/L."""
    if isinstance(owner, ItemLedgerEntry):
        return value_entries().filter(item_ledger_entry=owner)
    if isinstance(owner, Item):
        return value_entries().filter(item=owner)
    return value_entries().filter(pk__in=GLRelation.objects.filter(gl_entry=owner).values("value_entry_id"))


def application_entries() -> QuerySet[ItemApplicationEntry]:
    """Application entries, newest first, each row as it was written."""
    return ItemApplicationEntry.objects.select_related(
        "item_ledger_entry__item", "inbound_entry", "outbound_entry", "reversed_by"
    ).order_by("-id")


@dataclass(frozen=True, slots=True)
class Application:
    """How much of an increase an entry uses, or is used by, today."""

    item_ledger_entry_id: int
    inbound_entry_id: int
    outbound_entry_id: int | None
    quantity: Decimal
    posting_date: date
    cost_application: bool
    fixed: bool


def applications(entry: ItemLedgerEntry) -> list[Application]:
    """What an entry is applied to, as it stands: reversed rows left out, equal links summed (decision 6)."""
    rows = (
        ItemApplicationEntry.objects.filter(Q(inbound_entry=entry) | Q(outbound_entry=entry))
        .filter(reverses=None, reversed_by=None)
        .values("item_ledger_entry_id", "inbound_entry_id", "outbound_entry_id")
        .annotate(
            total=Sum("quantity"),
            first_date=Min("posting_date"),
            costs=Max(Case(When(cost_application=True, then=1), default=0)),
            fixes=Max(Case(When(fixed=True, then=1), default=0)),
        )
        .exclude(total=0)
        .order_by("inbound_entry_id", "outbound_entry_id", "item_ledger_entry_id")
    )
    return [
        Application(
            row["item_ledger_entry_id"], row["inbound_entry_id"], row["outbound_entry_id"], row["total"],
            row["first_date"], bool(row["costs"]), bool(row["fixes"]),
        )
        for row in rows
    ]  # fmt: skip


def registers() -> QuerySet[ItemRegister]:
    """Registers, newest first, with how many entries each wrote, from and to which number."""
    entries, values = ItemLedgerEntry.objects.all(), ValueEntry.objects.all()
    return (
        ItemRegister.objects.select_related("user", "reversed_by")
        .annotate(
            item_entry_count=_count(entries, "register"),
            first_item_entry=_of(entries, "register", Min("id")),
            last_item_entry=_of(entries, "register", Max("id")),
            value_entry_count=_count(values, "register"),
            first_value_entry=_of(values, "register", Min("id")),
            last_value_entry=_of(values, "register", Max("id")),
        )
        .order_by("-id")
    )


def gl_entries(account: GLAccount | None = None) -> QuerySet[GLEntry]:
    """G/L entries, newest first, of an account or of all; what is behind each: `value_entries_of`."""
    entries = GLEntry.objects.select_related("account", "register", "register__user").order_by("-id")
    return entries if account is None else entries.filter(account=account)


def gl_registers() -> QuerySet[GLRegister]:
    """G/L registers, newest first, with how many entries each wrote."""
    entries = GLEntry.objects.all()
    return (
        GLRegister.objects.select_related("user")
        .annotate(
            entry_count=_count(entries, "register"),
            first_entry=_of(entries, "register", Min("id")),
            last_entry=_of(entries, "register", Max("id")),
        )
        .order_by("-id")
    )


def gl_accounts(*, on: date | None = None) -> QuerySet[GLAccount]:
    """The chart with the `balance` of each account, now or at the end of the day `on`."""
    entries = GLEntry.objects.all()
    if on is not None:
        entries = entries.filter(posting_date__lte=on)
    return GLAccount.objects.annotate(balance=_sum(entries, "account", "amount")).order_by("number")


def _sum(rows: QuerySet[Any], by: str, name: str) -> Any:
    return Coalesce(_of(rows, by, Sum(name)), ZERO)


def _count(rows: QuerySet[Any], by: str) -> Any:
    return Coalesce(_of(rows, by, Count("id")), 0)


def _of(rows: QuerySet[Any], by: str, aggregate: Any) -> Any:
    """An aggregate of the rows whose key `by` is the outer row."""
    return Subquery(rows.filter(**{by: OuterRef("pk")}).order_by().values(by).annotate(of=aggregate).values("of"))
