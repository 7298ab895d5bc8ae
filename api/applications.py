"""The application worksheet: what entries are applied to, and changes of it by hand."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ErrorDetail
from rest_framework.response import Response
from rest_framework.views import APIView

from api.fields import Plain
from api.journals import IDEMPOTENCY
from api.pagination import refuse_unknown_parameters
from api.permissions import needs
from api.requests import LARGEST_ID, Input, Text, UserRequest, idempotency_key, read_body
from inventory.models import Item
from ledger.models import ItemLedgerEntry
from ledger.queries import applications
from posting.reapply import ApplicationAnswer, change_applications, reapply_open
from posting.worksheet import Apply, Change, Unapply
from work.errors import Refusal, Refused

CHANGE = "posting.change_applications"
MOST_CHANGES = 5000
_NEEDS = {"unapply": ("inbound", "outbound"), "apply": ("entry",)}
_MAY = {"unapply": (), "apply": ("with_entry",)}


def _entry() -> serializers.IntegerField:
    return serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)


class ApplicationChangeInput(Input):
    """`unapply` takes back what links `inbound` and `outbound`; `apply` links `entry` to `with_entry` for good.

    Without `with_entry` it is linked to what the costing method finds.
    """

    action = serializers.ChoiceField(list(_NEEDS))
    inbound = _entry()
    outbound = _entry()
    entry = _entry()
    with_entry = _entry()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Each action names its own entries and no others."""
        action = attrs["action"]
        known = {"action", *_NEEDS[action], *_MAY[action]}
        problems = {name: ErrorDetail("Say which entry.", "required") for name in _NEEDS[action] if name not in attrs}
        words = f"This does not go with action {action}. Leave it out."
        problems |= {name: ErrorDetail(words, "not_understood") for name in attrs if name not in known}
        if problems:
            raise serializers.ValidationError(problems)
        return attrs


class ApplicationChangesInput(Input):
    """Changes in their order; `then_reapply` applies again what they leave open of their items."""

    changes: Any = serializers.ListSerializer(child=ApplicationChangeInput(), min_length=1, max_length=MOST_CHANGES)
    then_reapply = serializers.BooleanField(required=False, default=False)


class ReapplicationInput(Input):
    """Of which items; of all where none are named."""

    items: Any = serializers.ListField(child=Text(max_length=20), required=False, max_length=MOST_CHANGES)


class ApplicationsOutput(serializers.Serializer[Any]):
    """What was changed; no register where nothing was. `open_entries` were touched and have something left."""

    register_id = serializers.IntegerField(allow_null=True)
    taken_back = serializers.IntegerField()
    made = serializers.IntegerField()
    open_entries = serializers.ListField(child=serializers.IntegerField())


class AppliedOutput(serializers.Serializer[Any]):
    """How much of an increase a decrease uses, or brings back: the sum of equal links as they stand."""

    item_ledger_entry = serializers.IntegerField(source="item_ledger_entry_id")
    inbound_entry = serializers.IntegerField(source="inbound_entry_id")
    outbound_entry = serializers.IntegerField(source="outbound_entry_id", allow_null=True)
    quantity = Plain(max_digits=20, decimal_places=5)
    posting_date = serializers.DateField()
    cost_application = serializers.BooleanField()
    fixed = serializers.BooleanField()


class EntryApplicationsOutput(serializers.Serializer[Any]):
    results = AppliedOutput(many=True)


class EntryApplications(APIView):
    """What an entry is applied to."""

    permission_classes = needs("ledger.view_itemapplicationentry")

    @extend_schema(operation_id="item_ledger_entries_applications", responses=EntryApplicationsOutput)
    def get(self, request: UserRequest, entry: int) -> Response:
        """The links of an entry as they stand; every row as it was written: `item-application-entries/`."""
        refuse_unknown_parameters(request, set())
        found = applications(get_object_or_404(ItemLedgerEntry, pk=min(entry, LARGEST_ID)))
        return Response(EntryApplicationsOutput({"results": found}).data)


class Applications(APIView):
    """Change applications by hand."""

    permission_classes = needs(CHANGE)

    @extend_schema(
        operation_id="applications_change", request=ApplicationChangesInput, parameters=[IDEMPOTENCY],
        responses={201: ApplicationsOutput},
    )  # fmt: skip
    def post(self, request: UserRequest) -> Response:
        """Make all these changes, or refuse all with every reason; `line` counts from 1."""
        asked = read_body(ApplicationChangesInput, request)
        changes = [_change(each) for each in asked["changes"]]
        key = idempotency_key(
            request, changes=[dict(each) for each in asked["changes"]], then_reapply=asked["then_reapply"]
        )
        answer = change_applications(
            changes, by=request.user, then_reapply=asked["then_reapply"], idempotency_key=key
        )  # fmt: skip
        return _response(answer)


class Reapplication(APIView):
    """Finish what was left open."""

    permission_classes = needs(CHANGE)

    @extend_schema(
        operation_id="applications_reapply", request=ReapplicationInput, parameters=[IDEMPOTENCY],
        responses={201: ApplicationsOutput},
    )  # fmt: skip
    def post(self, request: UserRequest) -> Response:
        """Apply again all that lost an application and has something left, whoever took it back."""
        numbers = read_body(ReapplicationInput, request).get("items")
        items = None if numbers is None else _items([number.upper() for number in numbers])
        key = idempotency_key(request, items=items)
        return _response(reapply_open(items, by=request.user, idempotency_key=key))


def _change(asked: Mapping[str, Any]) -> Change:
    if asked["action"] == "unapply":
        return Unapply(asked["inbound"], asked["outbound"])
    return Apply(asked["entry"], asked.get("with_entry"))


def _items(numbers: list[str]) -> list[int]:
    known = dict(Item.objects.filter(number__in=numbers).values_list("number", "id"))
    problems = [
        Refusal(f"There is no item {number}. Choose one from the list of items.", code="not_found", field="items")
        for number in numbers
        if number not in known
    ]
    if problems:
        raise Refused(problems)
    return sorted(known.values())


def _response(answer: ApplicationAnswer) -> Response:
    """201 with what was changed; a repeat under the same key says so."""
    shown = asdict(answer)
    headers = {"Idempotency-Hit": "1"} if shown.pop("hit") else {}
    return Response(ApplicationsOutput(shown).data, status.HTTP_201_CREATED, headers=headers)
