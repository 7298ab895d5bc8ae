"""How values leave and enter: decimals as plain strings, what a row refers to by its number or code."""

from decimal import Decimal
from typing import Any

from django.db import models
from rest_framework import serializers
from rest_framework.validators import UniqueValidator

from api.permissions import sees_cost
from api.requests import Text, refuse_unknown
from api.rules import broken_rules
from inventory.numbers import plain
from work.errors import Refused

KEYS = ("number", "code", "username")


class Plain(serializers.DecimalField):
    """A decimal as a string without zeros at the end; read from a string or a whole number."""

    default_error_messages = {"invalid": "Write the number as text, such as “12.5”."}

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool | float) or not isinstance(data, str | int):
            self.fail("invalid")
        return super().to_internal_value(data)

    def to_representation(self, value: Any) -> Any:
        return None if value is None else plain(Decimal(value))


class Key(serializers.SlugRelatedField[Any]):
    """What a row refers to, by its number or code in capitals."""

    default_error_messages = {
        "does_not_exist": "There is no {value}. Choose one that exists, or create it first.",
        "invalid": "This is no code. Write it as text.",
    }

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or not data.isprintable():
            self.fail("invalid")
        try:
            rows: Any = self.get_queryset()
            return rows.get(**{f"{self.slug_field}__iexact": data.strip()})
        except (models.ObjectDoesNotExist, ValueError):
            words = self.default_error_messages["does_not_exist"].format(value=data[:60])
            raise serializers.ValidationError(words, "not_found") from None


class Row(serializers.ModelSerializer[Any]):
    """A row with its keys as codes. What is not known is refused by name, what breaks a rule in words.

    `cost_fields` are left out for those who may not see costs, and refused when they write them.
    """

    serializer_related_field = Key
    cost_fields: tuple[str, ...] = ()
    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.CharField: Text,
        models.TextField: Text,
        models.DecimalField: Plain,
    }

    def get_fields(self) -> Any:
        fields = super().get_fields()
        request = self.context.get("request")
        if self.cost_fields and request is not None and not getattr(self.context.get("view"), "swagger_fake_view", 0):
            for name in () if sees_cost(request) else self.cost_fields:
                fields.pop(name, None)
        return fields

    def get_validators(self) -> list[Any]:
        return []  # the model's own constraints say it, in words

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        kind, options = super().build_standard_field(field_name, model_field)
        if "validators" in options:
            options["validators"] = [v for v in options["validators"] if not isinstance(v, UniqueValidator)]
        return kind, options

    def build_relational_field(self, field_name: str, relation_info: Any) -> Any:
        names = {field.name for field in relation_info.related_model._meta.fields}
        slug = next((name for name in KEYS if name in names), None)
        kind, options = super().build_relational_field(field_name, relation_info)
        options.pop("validators", None)  # one to one is said by the model as well
        if slug is None or relation_info.to_many:
            return serializers.PrimaryKeyRelatedField, options
        return kind, {**{k: v for k, v in options.items() if k != "view_name"}, "slug_field": slug}

    def to_internal_value(self, data: Any) -> Any:
        self._refuse_costs(data)
        refuse_unknown(data, self.fields)
        self._refuse_renaming(data)
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        model: Any = self.Meta.model
        values = {f.attname: getattr(self.instance, f.attname) for f in model._meta.fields} if self.instance else {}
        row = model(**values)
        if self.instance is not None:
            row._state.adding, row._state.db = False, self.instance._state.db
        for name, value in attrs.items():
            setattr(row, name, value)
        if problems := broken_rules(row):
            raise Refused(problems)
        return attrs

    def _refuse_costs(self, data: Any) -> None:
        hidden = [
            name for name in self.cost_fields if name not in self.fields and isinstance(data, dict) and name in data
        ]
        if hidden:
            words = "You may not see or set costs. Leave it out, or ask an administrator for the permission."
            raise serializers.ValidationError(
                {name: serializers.ErrorDetail(words, "permission_denied") for name in hidden}
            )

    def _refuse_renaming(self, data: Any) -> None:
        if self.instance is None or not isinstance(data, dict):
            return
        for name in ("code", "number", "starting_date"):
            old = getattr(self.instance, name, None)
            if name in data and old is not None and str(data[name]).upper() != str(old).upper():
                words = "This is the key of the row and stays as it is. Create another row instead."
                raise serializers.ValidationError({name: serializers.ErrorDetail(words, "read_only")})


class Code(Text):
    """A code or number: text in capitals."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).upper()
