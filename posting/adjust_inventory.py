"""Bring an item's inventory to what somebody says it is, place by place (journals.md §7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection, transaction

from inventory.choices import ItemType
from inventory.models import Item, Location, Variant
from inventory.numbers import plain
from inventory.setup import read_setup
from ledger.choices import EntryType, SourceCode
from ledger.locks import lock_items
from ledger.records import ZERO
from posting.errors import LocationInTransit, NothingToPost, PostingError
from posting.journals import Idempotent, PostingAnswer, once
from posting.lines import PostingLine
from posting.movements import movements_inside
from users.models import User
from work.errors import Refused


class StockChanged(PostingError):
    code, at = "stock_changed", "location"
    template = "On hand at {location} is now {now}, not {shown}. Look at it again, then type what it is to be."


class InventoryNegative(PostingError):
    code, at = "negative_not_allowed", "wanted"
    template = "There cannot be less than nothing at {location}. Type zero or more."


class UnknownLocation(PostingError):
    code, at = "not_found", "location"
    template = "There is no location {location}. Choose one that exists."


class NotKeptInStock(PostingError):
    code, at = "item_type_not_allowed", "item"
    template = "Item {item} is of type {type}, of which nothing is kept in stock. Choose an inventory item."


class CountedAnotherWay(PostingError):
    code, at = "item_tracking_needed", "item"
    template = "Item {item} has {what}. Adjust it in the item journal, where each line names one of them."


@dataclass(frozen=True, slots=True)
class NewInventory:
    """What is to be on hand at a location, in base units, and what the person who says so was shown."""

    location: str
    shown: Decimal
    wanted: Decimal


@transaction.atomic(durable=True)
def adjust_inventory(
    item: Item, counts: Sequence[NewInventory], *, posting_date: date, document_number: str, posted_by: User,
    idempotency_key: Idempotent | None = None,
) -> PostingAnswer:  # fmt: skip
    """Post a positive or negative adjustment for each location whose inventory is to change.

    Raises `Refused` with every reason, each with the place of its count (from 1) as line; also where something was
    posted since the counts were shown. Then nothing was written.
    """

    def act() -> dict[str, object]:
        read_setup(lock=True)
        lock_items([item.pk])
        lines, refused = _lines(item, counts, posting_date, document_number)
        if refused:
            raise Refused(refused)
        if not lines:
            raise Refused([NothingToPost()])
        return movements_inside(lines, posted_by, SourceCode.ITEM_JOURNAL)

    return once("adjust_inventory", posted_by, idempotency_key, act)


def _lines(
    item: Item, counts: Sequence[NewInventory], day: date, document: str
) -> tuple[list[PostingLine], list[PostingError]]:
    refused = _not_this_way(item)
    places = {place.code: place for place in Location.objects.filter(code__in=[each.location for each in counts])}
    held = inventory_by_location(item.pk)
    lines = []
    for row, each in enumerate(counts, 1):
        place = places.get(each.location)
        now = held.get(place.pk, ZERO) if place else ZERO
        name = each.location or "(no location)"
        if place is None:
            refused.append(UnknownLocation(line=row, location=each.location))
        elif place.in_transit:
            refused.append(LocationInTransit(line=row, location=each.location))
        elif now != each.shown:
            refused.append(StockChanged(line=row, location=name, now=plain(now), shown=plain(each.shown)))
        elif each.wanted < 0:
            refused.append(InventoryNegative(line=row, location=name))
        elif each.wanted != now:
            lines.append(_line(row, item, place, each.wanted - now, day, document))
    return lines, refused


def _not_this_way(item: Item) -> list[PostingError]:
    """Goods that are told apart cannot be counted as one."""
    if item.type != ItemType.INVENTORY:
        return [NotKeptInStock(item=item.number, type=item.get_type_display())]
    if item.item_tracking_code_id is not None:
        return [CountedAnotherWay(item=item.number, what="serial or lot numbers")]
    if Variant.objects.filter(item=item).exists():
        return [CountedAnotherWay(item=item.number, what="variants")]
    return []


def _line(row: int, item: Item, place: Location, change: Decimal, day: date, document: str) -> PostingLine:
    kind = EntryType.POSITIVE_ADJUSTMENT if change > 0 else EntryType.NEGATIVE_ADJUSTMENT
    return PostingLine(
        key=row, item_id=item.pk, location_id=place.pk, posting_date=day, document_date=day, entry_type=kind,
        document_number=document, quantity=abs(change), unit_code=item.base_unit.code, description=item.description,
    )  # fmt: skip


def inventory_by_location(item_id: int) -> Mapping[int, Decimal]:
    """On hand in base units by location, of all variants."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT location_id, sum(remaining_quantity) FROM ledger_entrybalance"
            " WHERE item_id = %s AND remaining_quantity <> 0 GROUP BY 1",
            [item_id],
        )
        return dict(cursor.fetchall())
