"""Find items and partners, with everything a list or a card shows about them."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from inventory.models import Item, ItemUnitOfMeasure, Resource, Variant
from inventory.structure import Line


def items() -> QuerySet[Item]:
    """Items by number with the rows their cards name: one statement."""
    return Item.objects.select_related(
        "base_unit", "sales_unit", "purchase_unit", "gen_product_posting_group", "inventory_posting_group",
        "item_tracking_code", "serial_number_series", "vendor",
    ).order_by("number")  # fmt: skip


def units_of(item: Item) -> QuerySet[ItemUnitOfMeasure]:
    """The units of an item, the base unit first, then the smallest."""
    return (
        ItemUnitOfMeasure.objects.filter(item=item)
        .select_related("unit")
        .annotate(is_base=Case(When(unit=item.base_unit_id, then=Value(0)), default=1, output_field=IntegerField()))
        .order_by("is_base", "quantity_per_unit", "unit__code")
    )


def variants_of(item: Item) -> QuerySet[Variant]:
    """The variants of an item by code."""
    return Variant.objects.filter(item=item).order_by("code")


Named = dict[int, tuple[str, str]]


def named_parts(lines: Iterable[Line]) -> tuple[Named, Named]:
    """Number and description of the items and the resources on these lines, by id: two statements."""
    every = list(lines)
    items = {line.component_id for line in every if line.component_id is not None}
    resources = {line.resource_id for line in every if line.resource_id is not None}
    named_items = Item.objects.filter(pk__in=items).values_list("pk", "number", "description")
    named_resources = Resource.objects.filter(pk__in=resources).values_list("pk", "number", "name")
    return {pk: (number, words) for pk, number, words in named_items}, {
        pk: (number, words) for pk, number, words in named_resources
    }


def best_first(rows: QuerySet[Any], text: str, *fields: str) -> QuerySet[Any]:
    """What somebody who types `text` means: the row of that very key, then keys that begin so, then the rest.

    The first field is the key; every word must occur in one of the fields.
    """
    key, typed = fields[0], text.strip()
    for word in typed.split()[:10]:
        matches = Q()
        for name in fields:
            matches |= Q(**{f"{name}__icontains": word})
        rows = rows.filter(matches)
    if not typed:
        return rows.order_by(key)
    rank = Case(
        When(Q(**{f"{key}__iexact": typed}), then=Value(0)),
        When(Q(**{f"{key}__istartswith": typed}), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    ranked: QuerySet[Any] = rows.annotate(rank=rank)
    return ranked.order_by("rank", key)
