"""The test report of posting inventory cost to the G/L."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from api.permissions import COST, needs
from api.requests import UserRequest, read_body
from api.runs import PostToGLInput, item_ids_of
from costing.gl_check import check_costs_to_gl


class TotalOutput(serializers.Serializer[Any]):
    account = serializers.CharField()
    name = serializers.CharField()
    debit = serializers.DecimalField(max_digits=None, decimal_places=None)
    credit = serializers.DecimalField(max_digits=None, decimal_places=None)


class ProblemOutput(serializers.Serializer[Any]):
    value_entry = serializers.IntegerField()
    register = serializers.IntegerField()
    item = serializers.CharField()
    posting_date = serializers.DateField()
    document_number = serializers.CharField()
    actual = serializers.DecimalField(max_digits=None, decimal_places=None)
    expected = serializers.DecimalField(max_digits=None, decimal_places=None)
    reason = serializers.CharField()


class GLCheckOutput(serializers.Serializer[Any]):
    value_entries = serializers.IntegerField()
    gl_entries = serializers.IntegerField()
    totals = TotalOutput(many=True, help_text="What each account would get.")
    problems = ProblemOutput(many=True, help_text="Value entries that would stay out, and why: the first thousand.")
    problem_count = serializers.IntegerField()


class GLCheck(APIView):
    """What posting inventory cost to the G/L would do."""

    permission_classes = needs("costing.post_to_gl", COST)

    @extend_schema(operation_id="gl_posting_check", request=PostToGLInput, responses=GLCheckOutput)
    def post(self, request: UserRequest) -> Response:
        """The totals and every problem of a run over the same choice; nothing is posted."""
        asked = read_body(PostToGLInput, request)
        checked = check_costs_to_gl(
            method=asked["method"], document_number=asked["document_number"], item_ids=item_ids_of(asked),
            until=asked.get("until"),
        )  # fmt: skip
        return Response(GLCheckOutput(checked).data)
