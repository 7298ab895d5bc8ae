"""What OpenAPI is told besides what the views say: tokens, permissions, errors."""

from typing import Any

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class TokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]
    """`Authorization: Token …`."""

    target_class = "api.authentication.TokenAuthentication"
    name = "token"


class ErrorOutput(serializers.Serializer[Any]):
    """One thing that is wrong: a code for programs, words for people, and where."""

    code = serializers.CharField()
    message = serializers.CharField()
    facts = serializers.DictField(child=serializers.CharField())
    line = serializers.IntegerField(allow_null=True)
    field = serializers.CharField(allow_null=True)
    row = serializers.CharField(required=False)


class ErrorsOutput(serializers.Serializer[Any]):
    """Everything that is wrong, at once; nothing was written."""

    errors = ErrorOutput(many=True)  # type: ignore[assignment]  # a field, which the metaclass takes out


class Schema(AutoSchema):
    """Each operation says which permissions it needs, and how it answers what it refuses."""

    def get_description(self) -> str:  # type: ignore[override]
        words = str(super().get_description() or "").strip()
        names = [name for permission in self.view.permission_classes if hasattr(permission, "of")
                 for name in permission.of(self.method)]  # fmt: skip
        needed = f"Needs {', '.join(f'`{name}`' for name in names)}." if names else "For everyone who is logged in."
        return f"{words}\n\n{needed}".strip()

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        refused: Any = self._get_response_for_code
        return {
            **super()._get_response_bodies(direction),
            "4XX": refused(ErrorsOutput, "4XX", direction=direction),
        }
