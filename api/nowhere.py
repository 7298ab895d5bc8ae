"""Addresses that stand for nothing answer like everything else: in JSON."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from api.permissions import needs
from api.requests import UserRequest


@extend_schema(exclude=True)
class Nowhere(APIView):
    permission_classes = needs()

    def get(self, request: UserRequest) -> Response:
        raise Http404

    post = put = patch = delete = get
