"""Item journals: lines as grids and programs edit them, check, preview, posting."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from api.fields import Row
from api.pagination import refuse_unknown_parameters, whole_number
from api.permissions import needs, sees_cost
from api.requests import LARGEST_ID, Input, Text, UserRequest, idempotency_key, known_name, read_body
from api.schema import ErrorOutput
from posting.edit import LineChange, edit_lines, open_batch, read_lines
from posting.journals import (
    LineVersion,
    PostingAnswer,
    check_journal,
    post_journal,
    post_valid_lines,
    preview_journal,
)
from posting.models import ItemJournalBatch, ItemJournalTemplate
from posting.saved import LARGEST_LINE_NUMBER

MOST_CHANGES = 5000
MOST_LINES = 100_000
LONGEST_NAME = 10
LONGEST_CELL = 1000
EDIT, POST = "posting.use_item_journal", "posting.post_item_journal"
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER,
    description="Sent again with the same body, the first answer comes back and nothing is posted twice.",
)  # fmt: skip


class LineVersionInput(Input):
    id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID)
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1)


class LinesInput(Input):
    """Which lines, as they were seen; all where none are named."""

    lines: Any = serializers.ListSerializer(child=LineVersionInput(), required=False, max_length=MOST_LINES)


class ChangeInput(Input):
    """What was typed into a line; without `id` a new one."""

    row = Text(max_length=100)
    id = serializers.IntegerField(min_value=1, max_value=LARGEST_ID, required=False)
    version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    after = serializers.IntegerField(min_value=0, max_value=LARGEST_ID, required=False)
    delete = serializers.BooleanField(required=False, default=False)
    values = serializers.DictField(
        child=Text(allow_null=True, allow_blank=True, max_length=LONGEST_CELL, trim_whitespace=False), required=False
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "id" in attrs and "version" not in attrs:
            words = "Say which version of the line you have seen."
            raise serializers.ValidationError({"version": serializers.ErrorDetail(words, "required")})
        return attrs


class ChangesInput(Input):
    changes: Any = serializers.ListSerializer(child=ChangeInput(), max_length=MOST_CHANGES)


class LineOutput(serializers.Serializer[Any]):
    """A line as it is now; values are text, and cells that only those see who see costs may be missing."""

    row = serializers.CharField()
    id = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    line_number = serializers.IntegerField(allow_null=True)
    values = serializers.DictField(child=serializers.CharField(allow_blank=True))
    default_unit_cost = serializers.CharField(required=False)
    unread = serializers.DictField(child=serializers.CharField())
    errors = ErrorOutput(many=True)  # type: ignore[assignment]
    saved = serializers.BooleanField()
    deleted = serializers.BooleanField()


class LinesOutput(serializers.Serializer[Any]):
    lines = LineOutput(many=True)


class LinePageOutput(serializers.Serializer[Any]):
    results = LineOutput(many=True)
    next_after = serializers.IntegerField(allow_null=True)


class BatchOutput(Row):
    template = serializers.CharField(source="template.name", read_only=True)
    journal_type = serializers.CharField(source="template.journal_type", read_only=True)
    line_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = ItemJournalBatch
        fields = ["id", "template", "name", "description", "journal_type", "line_count", "reason_code",
                  "number_series", "posting_number_series"]  # fmt: skip
        read_only_fields = ["name"]


class TemplateOutput(serializers.ModelSerializer[ItemJournalTemplate]):
    batches = BatchOutput(many=True, read_only=True)

    class Meta:
        model = ItemJournalTemplate
        fields = ["name", "description", "journal_type", "batches"]


class TemplatesOutput(serializers.Serializer[Any]):
    results = TemplateOutput(many=True)


class ProblemsOutput(serializers.Serializer[Any]):
    errors = ErrorOutput(many=True)  # type: ignore[assignment]


class PreviewOutput(serializers.Serializer[Any]):
    """What posting would write; value entries, G/L entries and costs only for those who may see costs."""

    item_entries = serializers.ListField(child=serializers.DictField())
    items = serializers.ListField(child=serializers.DictField())
    left = serializers.ListField(child=serializers.CharField(), required=False)
    value_entries = serializers.ListField(child=serializers.DictField(), required=False)
    gl_entries = serializers.ListField(child=serializers.DictField(), required=False)


class PostingOutput(serializers.Serializer[Any]):
    register_id = serializers.IntegerField(allow_null=True)
    lines_posted = serializers.IntegerField()
    item_entries = serializers.IntegerField()
    value_entries = serializers.IntegerField()
    document_numbers = serializers.ListField(child=serializers.CharField())


class Journals(APIView):
    """The journal templates, each with its batches."""

    permission_classes = needs("posting.view_itemjournalbatch")

    @extend_schema(operation_id="journals_list", responses=TemplatesOutput)
    def get(self, request: UserRequest) -> Response:
        refuse_unknown_parameters(request, set())
        templates = ItemJournalTemplate.objects.order_by("name")
        batches: dict[int, list[ItemJournalBatch]] = {}
        for batch in _batches().order_by("name"):
            batches.setdefault(batch.template_id, []).append(batch)
        shown = [
            {"name": t.name, "description": t.description, "journal_type": t.journal_type,
             "batches": BatchOutput(batches.get(t.pk, []), many=True).data}
            for t in templates
        ]  # fmt: skip
        return Response({"results": shown})


class Journal(APIView):
    """One batch of a template."""

    permission_classes = needs(
        GET="posting.view_itemjournalbatch", PUT="posting.add_itemjournalbatch", PATCH="posting.change_itemjournalbatch"
    )

    @extend_schema(operation_id="journals_read", responses=BatchOutput)
    def get(self, request: UserRequest, template: str, batch: str) -> Response:
        """The batch and how many lines it has."""
        return Response(BatchOutput(find_batch(template, batch)).data)

    @extend_schema(operation_id="journals_open", request=None, responses=BatchOutput)
    def put(self, request: UserRequest, template: str, batch: str) -> Response:
        """Open the batch; it is made when it is not there. ITEM and RECLASS are made as well."""
        kind, name = (known_name(text, longest=LONGEST_NAME, code="name_not_allowed") for text in (template, batch))
        opened = open_batch(kind, name, request.user)
        return Response(BatchOutput(_batches().get(pk=opened.pk)).data)

    @extend_schema(operation_id="journals_change", request=BatchOutput, responses=BatchOutput)
    def patch(self, request: UserRequest, template: str, batch: str) -> Response:
        """Change the batch's description, reason code or number series."""
        with transaction.atomic():
            found = find_batch(template, batch)
            row = ItemJournalBatch.objects.select_for_update(no_key=True).get(pk=found.pk)
            changed = BatchOutput(row, data=request.data, partial=True)
            changed.is_valid(raise_exception=True)
            changed.save()
        return Response(BatchOutput(find_batch(template, batch)).data)


class JournalLines(APIView):
    """The lines of a batch."""

    permission_classes = needs(EDIT)

    @extend_schema(
        operation_id="journals_lines_list",
        parameters=[
            OpenApiParameter("after", int, description="The line number to go on behind."),
            OpenApiParameter("limit", int, description="How many lines, at most 1000."),
        ],
        responses=LinePageOutput,
    )
    def get(self, request: UserRequest, template: str, batch: str) -> Response:
        """Lines in order, from behind line number `after`."""
        refuse_unknown_parameters(request, {"after", "limit"})
        lowest, asked = -LARGEST_LINE_NUMBER, request.query_params
        after = whole_number(asked.get("after"), "after", least=lowest, most=LARGEST_LINE_NUMBER, default=lowest)
        limit = whole_number(asked.get("limit"), "limit", least=1, most=1000, default=200)
        found = find_batch(template, batch)
        lines = read_lines(found.pk, after=after, limit=limit + 1, with_cost=sees_cost(request))
        more = lines[limit - 1].line_number if len(lines) > limit else None
        return Response({"results": [line.as_dict() for line in lines[:limit]], "next_after": more})

    @extend_schema(operation_id="journals_lines_change", request=ChangesInput, responses=LinesOutput)
    def post(self, request: UserRequest, template: str, batch: str) -> Response:
        """Save what can be understood and answer each change in order; what cannot stays as typed, with errors."""
        changes = [LineChange(**change) for change in read_body(ChangesInput, request)["changes"]]
        saved = edit_lines(
            find_batch(template, batch).pk, changes, user=request.user, work_date=timezone.localdate(),
            with_cost=sees_cost(request),
        )  # fmt: skip
        return Response({"lines": [line.as_dict() for line in saved]})


class JournalCheck(APIView):
    """What posting would be refused for."""

    permission_classes = needs(EDIT)

    @extend_schema(operation_id="journals_check", request=LinesInput, responses=ProblemsOutput)
    def post(self, request: UserRequest, template: str, batch: str) -> Response:
        """Everything that posting these lines would be refused for; empty when nothing is."""
        lines = _lines(request)
        problems = check_journal(find_batch(template, batch).pk, lines, user=request.user)
        return Response({"errors": [problem.as_dict() for problem in problems]})


class JournalPreview(APIView):
    """What posting would write."""

    permission_classes = needs(EDIT)

    @extend_schema(operation_id="journals_preview", request=LinesInput, responses=PreviewOutput)
    def post(self, request: UserRequest, template: str, batch: str) -> Response:
        """Entries, costs and G/L entries as posting would write them; nothing is written."""
        lines = _lines(request)
        shown = preview_journal(find_batch(template, batch).pk, lines, posted_by=request.user)
        return Response(shown if sees_cost(request) else _without_cost(shown))


class JournalPosting(APIView):
    """Post lines of a batch, whole or not at all."""

    permission_classes = needs(POST)
    verb = staticmethod(post_journal)

    @extend_schema(
        operation_id="journals_post", request=LinesInput, parameters=[IDEMPOTENCY], responses={201: PostingOutput}
    )
    def post(self, request: UserRequest, template: str, batch: str) -> Response:
        """Post these lines, or all; refused with every reason at once, each with its line and field."""
        lines, found = _lines(request), find_batch(template, batch)
        key = idempotency_key(request, batch=found.pk, lines=[list(line) for line in lines])
        return posting_response(self.verb(found.pk, lines, posted_by=request.user, idempotency_key=key))


class JournalValidPosting(JournalPosting):
    """Post those lines of a batch that pass the check."""

    verb = staticmethod(post_valid_lines)

    @extend_schema(
        operation_id="journals_post_valid", request=LinesInput, parameters=[IDEMPOTENCY],
        responses={201: PostingOutput},
    )  # fmt: skip
    def post(self, request: UserRequest, template: str, batch: str) -> Response:
        """Post the lines that pass the check and leave the others in the journal."""
        return super().post(request, template, batch)


def posting_response(answer: PostingAnswer) -> Response:
    """201 with what was posted; a repeat under the same key says so."""
    shown = asdict(answer)
    headers = {"Idempotency-Hit": "1"} if shown.pop("hit") else {}
    return Response(shown, status.HTTP_201_CREATED, headers=headers)


def _batches() -> Any:
    keys = ("template", "number_series", "posting_number_series")
    return ItemJournalBatch.objects.select_related(*keys).annotate(line_count=Count("lines"))


def find_batch(template: str, batch: str) -> Any:
    names = [known_name(name, longest=LONGEST_NAME) for name in (template, batch)]
    return get_object_or_404(_batches(), template__name=names[0], name=names[1])


def _lines(request: UserRequest) -> Sequence[LineVersion]:
    return [LineVersion(**line) for line in read_body(LinesInput, request).get("lines", ())]


def _without_cost(shown: dict[str, Any]) -> dict[str, Any]:
    """Value entries, G/L entries and costs left out."""
    items = [{k: v for k, v in item.items() if k not in ("unit_cost", "value")} for item in shown["items"]]
    return {"item_entries": shown["item_entries"], "items": items}
