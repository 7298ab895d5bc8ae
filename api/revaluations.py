"""Revaluations: what goods are carried at, and what they are to be worth from a day on."""

from collections.abc import Mapping, Sequence
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.response import Response
from rest_framework.views import APIView

from api.fields import Plain
from api.journals import IDEMPOTENCY, PostingOutput, posting_response
from api.pagination import refuse_unknown_parameters
from api.permissions import COST, PermissionMissing, needs
from api.requests import LARGEST_ID, Input, Text, UserRequest, idempotency_key, read_body
from costing.revaluation import NewWorth
from posting.lookup import Known, look_up, read_key
from posting.revaluation_lines import Mode, RevaluationLine
from posting.revalue import post_revaluations, propose_revaluation
from work.errors import Refusal, Refused

REVALUE = "posting.post_revaluation"
SET_STANDARD = "inventory.implement_standard_cost"
MOST_LINES = 5000
_PLACES = ("item", "location", "variant")


class RevaluationInput(Input):
    """What is revalued: an entry by its number, or what is on hand of an item; and one of the three new worths."""

    mode = serializers.ChoiceField([mode.value for mode in Mode])
    entry = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    item = Text(max_length=20, required=False)
    location = Text(max_length=10, required=False, allow_blank=True, help_text="Blank is one too; left out, all are.")
    variant = Text(max_length=10, required=False)
    posting_date = serializers.DateField(required=False)
    document_number = Text(max_length=20)
    new_unit_cost = Plain(max_digits=20, decimal_places=5, required=False)
    new_value = Plain(max_digits=20, decimal_places=2, required=False)
    delta = Plain(max_digits=20, decimal_places=2, required=False)
    update_standard_cost = serializers.BooleanField(required=False, default=False)
    reason_code = Text(max_length=10, required=False, default="", allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """An item's line names no entry, and an entry's line nothing but the entry."""
        own, others = (("item",), ("entry",)) if attrs["mode"] == Mode.ITEM else (("entry",), _PLACES)
        problems = {name: ErrorDetail("Say what is revalued.", "required") for name in own if name not in attrs}
        words = f"This does not go with mode {attrs['mode']}. Leave it out."
        problems |= {name: ErrorDetail(words, "not_understood") for name in others if name in attrs}
        if problems:
            raise serializers.ValidationError(problems)
        return attrs


class RevaluationsInput(Input):
    lines: Any = serializers.ListSerializer(child=RevaluationInput(), min_length=1, max_length=MOST_LINES)


class ProposalInput(Input):
    item = Text(max_length=20)
    posting_date = serializers.DateField()
    location = Text(max_length=10, required=False, allow_blank=True)
    variant = Text(max_length=10, required=False)


class ProposedEntryOutput(serializers.Serializer[Any]):
    entry = serializers.IntegerField(source="entry_id")
    quantity = Plain(max_digits=20, decimal_places=5)
    carried_at = Plain(max_digits=20, decimal_places=2, help_text="By its own cost, whatever the costing method.")


class RevaluationProposalOutput(serializers.Serializer[Any]):
    """What is on hand and what it is carried at, on the whole and by entry."""

    quantity = Plain(max_digits=20, decimal_places=5)
    calculated = Plain(max_digits=20, decimal_places=2)
    entries = ProposedEntryOutput(many=True)


class Revaluations(APIView):
    """Post revaluations."""

    permission_classes = needs(REVALUE, COST)

    @extend_schema(
        operation_id="revaluations_post",
        request=RevaluationsInput,
        parameters=[IDEMPOTENCY],
        responses={201: PostingOutput},
    )
    def post(self, request: UserRequest) -> Response:
        """Post these lines under one register, or refuse all with every reason; `line` counts from 1.

        A line that sets a standard cost needs `inventory.implement_standard_cost` as well.
        """
        asked = read_body(RevaluationsInput, request)["lines"]
        if any(line["update_standard_cost"] for line in asked) and not request.user.has_perm(SET_STANDARD):
            raise PermissionMissing([SET_STANDARD])
        lines = _lines(asked)
        key = idempotency_key(request, lines=[_plain(line) for line in asked])
        return posting_response(post_revaluations(lines, by=request.user, idempotency_key=key))


class RevaluationProposal(APIView):
    """Start a revaluation."""

    permission_classes = needs(REVALUE, COST)

    @extend_schema(
        operation_id="revaluations_propose",
        parameters=[
            OpenApiParameter("item", str, required=True, description="Item number."),
            OpenApiParameter("posting_date", OpenApiTypes.DATE, required=True, description="As of that day's end."),
            OpenApiParameter("location", str, description="Location code; all where it is left out."),
            OpenApiParameter("variant", str, description="Variant code; all where it is left out."),
        ],
        responses=RevaluationProposalOutput,
    )
    def get(self, request: UserRequest) -> Response:
        """What is on hand of an item on a day and what it is carried at; refused for what posting would be."""
        refuse_unknown_parameters(request, {"item", "posting_date", "location", "variant"})
        read = ProposalInput(data=request.query_params.dict())
        read.is_valid(raise_exception=True)
        asked = read.validated_data
        [keys] = _resolve([asked])
        found = propose_revaluation(
            keys["item"], posting_date=asked["posting_date"], location_id=keys.get("location"),
            variant_id=keys.get("variant"),
        )  # fmt: skip
        return Response(RevaluationProposalOutput(found).data)


def _lines(asked: Sequence[Mapping[str, Any]]) -> list[RevaluationLine]:
    return [
        RevaluationLine(
            key=number, mode=Mode(line["mode"]), document_number=line["document_number"].upper(),
            worth=NewWorth(line.get("new_unit_cost"), line.get("new_value"), line.get("delta")),
            entry=line.get("entry"), item_id=keys.get("item"), location_id=keys.get("location"),
            variant_id=keys.get("variant"), posting_date=line.get("posting_date"),
            update_standard_cost=line["update_standard_cost"], reason_code=line["reason_code"].upper(),
        )
        for number, (line, keys) in enumerate(zip(asked, _resolve(asked), strict=True), 1)
    ]  # fmt: skip


def _resolve(asked: Sequence[Mapping[str, Any]]) -> list[dict[str, int]]:
    """What the codes of each line stand for. Raises `Refused` for those that are not there, all at once."""
    typed = {name: {line[name].upper() for line in asked if name in line} for name in _PLACES}
    known = look_up({name: codes for name, codes in typed.items() if codes}, ())
    problems: list[Refusal] = []
    rows = []
    for number, line in enumerate(asked, 1):
        row: dict[str, int] = {}
        for name in _PLACES:
            if name in line:
                problems += _read(row, name, line[name], number, known)
        rows.append(row)
    if problems:
        raise Refused(problems)
    return rows


def _read(row: dict[str, int], name: str, code: str, number: int, known: Known) -> list[Refusal]:
    try:
        row[name] = read_key(name, code, row.get("item"), known)
    except Refusal as problem:
        problem.line = number
        return [problem]
    return []


def _plain(line: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, bool | int) else str(value) for name, value in line.items()}
