"""Cost adjustment and posting to the G/L, run at once and answered with what was written; and jobs."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from api.filters import JobFilter
from api.masterdata import Readable
from api.permissions import needs
from api.requests import Input, Text, UserRequest, read_body
from costing.adjust import adjust_costs
from costing.gl_posting import PER_ENTRY, PER_POSTING_GROUP, PostedToGL, post_costs_to_gl
from inventory.models import Item
from work.models import Job

MOST_ITEMS = 1000
EVERY_JOB = "work.view_job"


class AdjustInput(Input):
    """Which items, and for averages up to which date; everything that is queued where nothing is said."""

    items: Any = serializers.ListField(child=Text(max_length=20), required=False, max_length=MOST_ITEMS)
    until = serializers.DateField(required=False)


class AdjustOutput(serializers.Serializer[Any]):
    items = serializers.IntegerField(help_text="Items that were adjusted.")
    value_entries = serializers.IntegerField()
    register_ids = serializers.ListField(child=serializers.IntegerField())


class CostAdjustment(APIView):
    """Adjust costs."""

    permission_classes = needs("costing.adjust_cost")

    @extend_schema(operation_id="cost_adjustment_run", request=AdjustInput, responses={201: AdjustOutput})
    def post(self, request: UserRequest) -> Response:
        """Adjust what is queued, at once."""
        asked = read_body(AdjustInput, request)
        done = adjust_costs(item_ids=item_ids_of(asked), until=asked.get("until"), user_id=request.user.pk)
        return Response(AdjustOutput(done).data, status.HTTP_201_CREATED)


class PostToGLInput(AdjustInput):
    method = serializers.ChoiceField([PER_ENTRY, PER_POSTING_GROUP], default=PER_ENTRY)
    document_number = Text(max_length=20, required=False, default="", allow_blank=True)


class LeftOutput(serializers.Serializer[Any]):
    register = serializers.IntegerField()
    item = serializers.CharField()
    reason = serializers.CharField()


class PostToGLOutput(serializers.Serializer[Any]):
    register_ids = serializers.ListField(child=serializers.IntegerField())
    value_entries = serializers.IntegerField()
    gl_entries = serializers.IntegerField()
    left = LeftOutput(many=True, help_text="What stays queued, and why.")


class GLPosting(APIView):
    """Post inventory cost to the G/L."""

    permission_classes = needs("costing.post_to_gl")

    @extend_schema(operation_id="gl_posting_run", request=PostToGLInput, responses={201: PostToGLOutput})
    def post(self, request: UserRequest) -> Response:
        """Post what is queued, at once, entry by entry or per posting group; what lacks an account stays queued."""
        asked = read_body(PostToGLInput, request)
        ids = item_ids_of(asked)
        runs: list[PostedToGL] = []
        while not runs or runs[-1].moved:
            runs.append(
                post_costs_to_gl(
                    method=asked["method"], document_number=asked["document_number"], user_id=request.user.pk,
                    item_ids=ids, until=asked.get("until"),
                )
            )  # fmt: skip
        return Response(PostToGLOutput(_sum_of(runs)).data, status.HTTP_201_CREATED)


class JobRow(serializers.ModelSerializer[Job]):
    class Meta:
        model = Job
        exclude = ["arguments", "user_id"]


class Jobs(Readable):
    """What runs long: your own jobs, or all for those who may see them."""

    permission_classes = needs()
    queryset = Job.objects.all()
    serializer_class = JobRow
    filterset_class = JobFilter
    lookup_field, page_order = "pk", "-created_at"
    lookup_value_regex = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"

    def get_queryset(self) -> QuerySet[Any]:
        jobs = Job.objects.order_by("-created_at")
        user = self.request.user
        return jobs if user.has_perm(EVERY_JOB) else jobs.filter(user_id=user.pk)

    def key(self) -> dict[str, Any]:
        return {"pk": self.kwargs["pk"]}


def item_ids_of(asked: dict[str, Any]) -> list[int] | None:
    """The items that are named. Raises for those that are not there, all at once."""
    if "items" not in asked:
        return None
    known = dict(Item.objects.filter(number__in=[n.upper() for n in asked["items"]]).values_list("number", "pk"))
    missing = [number for number in asked["items"] if number.upper() not in known]
    if missing:
        words = "There is no item {}. Look its number up."
        raise ValidationError(
            {"items": [serializers.ErrorDetail(words.format(number), "not_found") for number in missing]}
        )
    return sorted(known.values())


def _sum_of(runs: list[PostedToGL]) -> dict[str, Any]:
    left = {key: reason for run in runs for key, reason in run.left.items()}
    numbers = dict(Item.objects.filter(pk__in={item for _, item in left}).values_list("pk", "number"))
    return {
        "register_ids": [run.register_id for run in runs if run.register_id],
        "value_entries": sum(run.value_entries for run in runs),
        "gl_entries": sum(run.gl_entries for run in runs),
        "left": [
            {"register": register, "item": numbers[item], "reason": reason} for (register, item), reason in left.items()
        ],
    }
