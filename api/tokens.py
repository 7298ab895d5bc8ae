"""A user's own API tokens."""

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from api.pagination import refuse_unknown_parameters
from api.permissions import needs
from api.requests import Input, UserRequest, read_body
from work.errors import Refusal

LONGEST_DAYS = 366
MOST_TOKENS = 20


class TokenInput(Input):
    days = serializers.IntegerField(min_value=1, max_value=LONGEST_DAYS, default=90)


class TokenOutput(serializers.Serializer[Any]):
    key = serializers.CharField(source="token_key", help_text="The first characters of the token; its name in lists.")
    created = serializers.DateTimeField()
    expiry = serializers.DateTimeField()


class TokensOutput(serializers.Serializer[Any]):
    results = TokenOutput(many=True)


class NewTokenOutput(TokenOutput):
    token = serializers.CharField(help_text="Shown this once, and kept nowhere.")


class Tokens(APIView):
    """Your tokens."""

    permission_classes = needs()

    @extend_schema(operation_id="tokens_list", responses=TokensOutput)
    def get(self, request: UserRequest) -> Response:
        """The tokens that are valid, newest first; the tokens themselves are not kept."""
        refuse_unknown_parameters(request, set())
        valid = AuthToken.objects.filter(user=request.user, expiry__gt=timezone.now()).order_by("-created")
        return Response({"results": TokenOutput(valid, many=True).data})

    @extend_schema(operation_id="tokens_create", request=TokenInput, responses={201: NewTokenOutput})
    def post(self, request: UserRequest) -> Response:
        """Make a token. Only a session may: a token that was lost must not make others."""
        days = read_body(TokenInput, request)["days"]
        if request.auth is not None:
            words = "A token cannot make tokens. Log in with your password to make one."
            raise Refusal(words, code="permission_denied")
        if AuthToken.objects.filter(user=request.user, expiry__gt=timezone.now()).count() >= MOST_TOKENS:
            words = f"You have {MOST_TOKENS} tokens already. Revoke one of them first."
            raise Refusal(words, code="too_many_tokens", most=str(MOST_TOKENS))
        made, token = AuthToken.objects.create(user=request.user, expiry=timedelta(days=days))
        return Response({**TokenOutput(made).data, "token": token}, status.HTTP_201_CREATED)


class Token(APIView):
    """One of your tokens."""

    permission_classes = needs()

    @extend_schema(operation_id="tokens_revoke", responses={204: None})
    def delete(self, request: UserRequest, key: str) -> Response:
        """Revoke the token; from then on nobody gets in with it."""
        deleted, _ = AuthToken.objects.filter(user=request.user, token_key=key).delete()
        if not deleted:
            raise Refusal("You have no token of that key. Look it up in the list.", code="not_found")
        return Response(status=status.HTTP_204_NO_CONTENT)
