"""Standard journals of a template, and numbering the documents of a batch anew."""

from typing import Any

from django.db.models import Count
from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from api.journals import EDIT, MOST_LINES, find_batch
from api.permissions import needs
from api.requests import LARGEST_ID, Input, Text, UserRequest, known_name, read_body
from posting.models import StandardItemJournal
from posting.standard_journals import (
    LONGEST_CODE,
    delete_standard_journal,
    get_standard_journal,
    renumber_documents,
    save_standard_journal,
)

KEEP = "posting.change_standarditemjournal"


class StandardJournalOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    description = serializers.CharField()
    line_count = serializers.IntegerField()


class StandardJournalsOutput(serializers.Serializer[Any]):
    results = StandardJournalOutput(many=True)


class StandardJournalInput(Input):
    """Which lines to keep (all, where none are named) and how much of them."""

    code = Text(max_length=50, allow_blank=True)
    description = Text(max_length=100, required=False, allow_blank=True)
    lines: Any = serializers.ListSerializer(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), required=False, max_length=MOST_LINES
    )
    with_quantity = serializers.BooleanField(required=False, default=True)
    with_unit_amount = serializers.BooleanField(required=False, default=False)
    replace = serializers.BooleanField(required=False, default=False)


class LineCountOutput(serializers.Serializer[Any]):
    lines = serializers.IntegerField()


class StandardJournals(APIView):
    """Lines kept under a code, for every batch of the template."""

    permission_classes = needs(GET=EDIT, POST=KEEP)

    @extend_schema(operation_id="standard_journals_list", responses=StandardJournalsOutput)
    def get(self, request: UserRequest, template: str, batch: str) -> Response:
        found = StandardItemJournal.objects.filter(template=find_batch(template, batch).template_id)
        shown = found.annotate(line_count=Count("lines")).order_by("code")
        return Response({"results": StandardJournalOutput(shown, many=True).data})

    @extend_schema(
        operation_id="standard_journals_save", request=StandardJournalInput, responses={201: LineCountOutput}
    )
    def post(self, request: UserRequest, template: str, batch: str) -> Response:
        """Keep lines of the batch under a code."""
        asked = read_body(StandardJournalInput, request)
        count = save_standard_journal(find_batch(template, batch).pk, **asked)
        return Response({"lines": count}, status.HTTP_201_CREATED)


class StandardJournal(APIView):
    """One of them."""

    permission_classes = needs(POST=EDIT, DELETE=KEEP)

    @extend_schema(operation_id="standard_journals_get", request=None, responses={201: LineCountOutput})
    def post(self, request: UserRequest, template: str, batch: str, code: str) -> Response:
        """Put its lines behind those of the batch."""
        found, name = find_batch(template, batch), known_name(code, longest=LONGEST_CODE)
        count = get_standard_journal(found.pk, name, user=request.user, work_date=timezone.localdate())
        return Response({"lines": count}, status.HTTP_201_CREATED)

    @extend_schema(
        operation_id="standard_journals_delete", responses={204: OpenApiResponse(description="It is taken away.")}
    )
    def delete(self, request: UserRequest, template: str, batch: str, code: str) -> Response:
        """Take it away; journals that got its lines keep them."""
        delete_standard_journal(find_batch(template, batch).pk, known_name(code, longest=LONGEST_CODE))
        return Response(status=status.HTTP_204_NO_CONTENT)


class JournalRenumbering(APIView):
    """Document numbers as the series of the batch has them."""

    permission_classes = needs(EDIT)

    @extend_schema(operation_id="journals_renumber", request=None, responses=LineCountOutput)
    def post(self, request: UserRequest, template: str, batch: str) -> Response:
        """Give the documents the next numbers of the series, in the order of the lines; answers the lines changed."""
        count = renumber_documents(find_batch(template, batch).pk, user=request.user, work_date=timezone.localdate())
        return Response({"lines": count})
