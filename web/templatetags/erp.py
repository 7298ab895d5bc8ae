"""Marks of the pages: icons, figures, days and states."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms, template
from django.forms import BoundField
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.filter_language import literal
from users.models import User

register = template.Library()
ZERO = Decimal(0)


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A Lucide icon of templates/_icons.html; decoration only, so screen readers skip it."""
    return format_html('<svg class="i {}" aria-hidden="true"><use href="#i-{}"/></svg>', css, name)


@register.filter
def related(document_number: str) -> str:
    """The address of everything that belongs to a document."""
    query = urlencode({"document_number": literal(document_number, "code")})
    return f"{reverse('find-entries')}?{query}"


@register.filter
def initials(user: User) -> str:
    """Two letters for the round badge of a person."""
    letters = f"{user.first_name[:1]}{user.last_name[:1]}" or user.get_username()[:2]
    return letters.upper()


@register.filter
def day(value: date | datetime | None) -> str:
    """A date as 23 Nov 2026: read the same way everywhere."""
    return formats.date_format(value, "j M Y") if value else ""


@register.filter
def moment(value: datetime | None) -> str:
    """A date with the time of day."""
    return formats.date_format(timezone.localtime(value), "j M Y, H:i") if value else ""


def figure(value: Decimal | int | None, decimals: int | None) -> str:
    """A number as the user's locale writes it, grouped, with a real minus; without `decimals`, as many as it has."""
    if value is None:
        return ""
    number = Decimal(value)
    if decimals is None:
        plain = format(number.normalize(), "f") if number else "0"
        decimals = len(plain.partition(".")[2])
        number = Decimal(plain)
    else:
        number = round(number, decimals)
    return formats.number_format(number, decimals, use_l10n=True, force_grouping=True).replace("-", "−")


@register.filter
def quantity(value: Decimal | None) -> str:
    """A quantity with the decimals it has."""
    return figure(value, None)


@register.filter
def amount(value: Decimal | None) -> str:
    """An amount of money: two decimals."""
    return figure(value, 2)


@register.filter
def unit_cost(value: Decimal | None) -> str:
    """A cost of one unit: two decimals, or up to five where it has them."""
    if value is None:
        return ""
    exact = round(Decimal(value), 5)
    return figure(exact, 2 if exact == round(exact, 2) else 5)


@register.filter
def negative(value: Any) -> str:
    """The class of a balance below zero."""
    return "neg" if value is not None and value < ZERO else ""


@register.filter
def boxed(field: BoundField) -> SafeString:
    """A form field as Bootstrap draws it."""
    select = isinstance(field.field.widget, forms.Select)
    css = f"{'form-select' if select else 'form-control'}{' is-invalid' if field.errors else ''}"
    return field.as_widget(attrs={"class": css})
