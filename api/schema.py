"""What OpenAPI is told besides what the views say: tokens, permissions, errors."""

from typing import Any

from drf_spectacular.contrib.knox_auth_token import KnoxTokenScheme
from drf_spectacular.extensions import OpenApiFilterExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers


class TokenScheme(KnoxTokenScheme):  # type: ignore[no-untyped-call]
    """`Authorization: Token …`."""

    target_class = "api.authentication.TokenAuthentication"
    name = "token"


_TYPES = {"BooleanFilter": "boolean", "IdFilter": "integer"}


class FilterParameters(OpenApiFilterExtension):  # type: ignore[no-untyped-call]
    """The filters of a list, with the labels people see."""

    target_class = "api.filters.Filters"
    priority = 1

    def get_schema_operation_parameters(self, auto_schema: Any, *args: Any, **options: Any) -> list[dict[str, Any]]:
        filterset: Any = getattr(auto_schema.view, "filterset_class", None)
        return [_parameter(name, each) for name, each in (filterset.base_filters if filterset else {}).items()]


def _parameter(name: str, each: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": _TYPES.get(type(each).__name__, "string")}
    if type(each).__name__ == "DateFilter":
        schema["format"] = "date"
    if choices := each.extra.get("choices"):
        schema = {"type": "array", "items": {"type": "string", "enum": [value for value, _ in choices]}}
    return {"in": "query", "name": name, "description": str(each.label), "schema": schema}


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
