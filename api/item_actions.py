"""Items: copied, deleted, given a template, made one, and their inventory adjusted."""

from datetime import date
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from api.fields import Plain
from api.items import ItemOutcome, ItemOutcomes
from api.permissions import needs
from api.requests import Input, Text, UserRequest, idempotency_key, known_name, read_body
from inventory.item_copy import MOST_COPIES, PARTS, apply_template, copy_item, save_as_template
from inventory.item_delete import delete_items
from inventory.models import Item
from inventory.queries import items
from posting.adjust_inventory import NewInventory, adjust_inventory
from work.errors import Refusal

REASON = "changed through the API: items"
MOST_COUNTS = 1000


class CopiesInput(Input):
    numbers: Any = serializers.ListSerializer(
        child=Text(max_length=50, allow_blank=True), max_length=MOST_COPIES, help_text="A blank one takes the next."
    )
    parts: Any = serializers.ListSerializer(child=serializers.ChoiceField(PARTS), required=False)
    description = Text(max_length=100, required=False, allow_blank=True)


class TemplateInput(Input):
    template = Text(max_length=20)


class NewTemplateInput(Input):
    code = Text(max_length=20)
    description = Text(max_length=100, required=False, allow_blank=True)


class AppliedTemplate(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(["changed", "unchanged"])
    skipped = serializers.DictField(
        child=serializers.CharField(), help_text="Fields left as they are, and what rests on them."
    )


class CountInput(Input):
    location = Text(max_length=10, allow_blank=True)
    on_hand = Plain(max_digits=20, decimal_places=5, help_text="As it was when somebody looked.")
    new_inventory = Plain(max_digits=20, decimal_places=5)


class AdjustmentInput(Input):
    posting_date = serializers.DateField()
    document_number = Text(max_length=20)
    counts: Any = serializers.ListSerializer(child=CountInput(), max_length=MOST_COUNTS)


class AdjustmentOutput(serializers.Serializer[Any]):
    register_id = serializers.IntegerField()
    item_entries = serializers.IntegerField()
    value_entries = serializers.IntegerField()


class ItemCopies(APIView):
    """New items like one that exists."""

    permission_classes = needs("inventory.view_item", "inventory.add_item")

    @extend_schema(operation_id="item_copies_create", request=CopiesInput, responses={201: ItemOutcomes})
    def post(self, request: UserRequest, number: str) -> Response:
        """Copy an item: its card but number and GTIN, and the parts that are named (all, where none are)."""
        asked = read_body(CopiesInput, request)
        saved = copy_item(
            _item(number).number, asked["numbers"], parts=asked.get("parts", PARTS),
            description=asked.get("description", ""), user=request.user, reason=REASON,
        )  # fmt: skip
        return Response({"items": ItemOutcome(saved, many=True).data}, status.HTTP_201_CREATED)


class ItemTemplateUse(APIView):
    """A template put on an item that exists."""

    permission_classes = needs("inventory.view_item", "inventory.change_item", "inventory.view_itemtemplate")

    @extend_schema(operation_id="item_template_apply", request=TemplateInput, responses=AppliedTemplate)
    def post(self, request: UserRequest, number: str) -> Response:
        """Set what the template sets; fields that entries or open lines rest on are left and named."""
        asked = read_body(TemplateInput, request)
        applied = apply_template(_item(number).number, asked["template"], user=request.user, reason=REASON)
        return Response({"outcome": applied.item.outcome, "skipped": applied.skipped})


class ItemAsTemplate(APIView):
    """A template taken from an item."""

    permission_classes = needs("inventory.view_item", "inventory.add_itemtemplate")

    @extend_schema(operation_id="item_template_save", request=NewTemplateInput, responses={201: NewTemplateInput})
    def post(self, request: UserRequest, number: str) -> Response:
        """Keep what an item is set to as a template for new ones."""
        asked = read_body(NewTemplateInput, request)
        made = save_as_template(
            known_name(number, longest=20),
            asked["code"],
            asked.get("description", ""),
            user=request.user,
            reason=REASON,
        )
        return Response({"code": made.code, "description": made.description}, status.HTTP_201_CREATED)


class ItemDeletion(APIView):
    """An item that is taken away."""

    permission_classes = needs("inventory.view_item", "inventory.delete_item")

    @extend_schema(
        operation_id="item_delete", request=None, responses={204: OpenApiResponse(description="The item is gone.")}
    )
    def post(self, request: UserRequest, number: str) -> Response:
        """Delete an item that nothing rests on, with its units, variants, stockkeeping units and bill of materials."""
        delete_items([_item(number).number], user=request.user, reason=REASON)
        return Response(status=status.HTTP_204_NO_CONTENT)


class InventoryAdjustment(APIView):
    """What is on hand, brought to what somebody counted."""

    permission_classes = needs("inventory.view_item", "ledger.view_itemledgerentry", "posting.post_item_journal")

    @extend_schema(operation_id="item_inventory_adjust", request=AdjustmentInput, responses={201: AdjustmentOutput})
    def post(self, request: UserRequest, number: str) -> Response:
        """Post the difference at each location; refused where something was posted since `on_hand` was read."""
        asked = read_body(AdjustmentInput, request)
        day: date = asked["posting_date"]
        counts = [
            NewInventory(row["location"].upper(), row["on_hand"], row["new_inventory"]) for row in asked["counts"]
        ]
        answer = adjust_inventory(
            _item(number), counts, posting_date=day, document_number=asked["document_number"], posted_by=request.user,
            idempotency_key=idempotency_key(request, item=number, asked=request.data),
        )  # fmt: skip
        return Response(AdjustmentOutput(answer).data, status.HTTP_201_CREATED)


def _item(number: str) -> Item:
    found = items().filter(number=known_name(number, longest=20)).first()
    if found is None:
        raise Refusal("There is no such item. Correct the number.", code="not_found")
    return found
