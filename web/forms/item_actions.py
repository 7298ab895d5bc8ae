"""What is asked before an item is copied, given a template, made one, or its inventory adjusted."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.item_copy import MOST_COPIES, PARTS

PART_LABELS = {
    "units": _("Units of measure"),
    "variants": _("Variants"),
    "bill_of_materials": _("Bill of materials"),
}


class CopyForm(forms.Form):
    """New numbers, what they are called, and what goes along."""

    numbers = forms.CharField(
        label=_("Numbers of the copies"),
        required=False,
        max_length=MOST_COPIES * 22,
        widget=forms.Textarea({"rows": 3}),
        help_text=_("One in each line. Leave it blank for one copy with the next number of the series."),
    )
    description = forms.CharField(
        label=_("Description"), required=False, max_length=100, help_text=_("Leave it blank to keep that of the item.")
    )
    parts = forms.MultipleChoiceField(
        label=_("What goes along"),
        required=False,
        choices=[(part, PART_LABELS[part]) for part in PARTS],
        widget=forms.CheckboxSelectMultiple,
    )

    def clean_numbers(self) -> list[str]:
        """At least one copy; a blank line between others is none."""
        return [line.strip() for line in self.cleaned_data["numbers"].splitlines() if line.strip()] or [""]


class ApplyTemplateForm(forms.Form):
    """Which template."""

    template = forms.ChoiceField(label=_("Template"))

    def __init__(self, *args: Any, templates: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["template"].choices = templates  # type: ignore[attr-defined]


class SaveAsTemplateForm(forms.Form):
    """What the template is called."""

    code = forms.CharField(label=_("Code"), max_length=20)
    description = forms.CharField(label=_("Description"), required=False, max_length=100)


class AdjustForm(forms.Form):
    """When and under which document number."""

    posting_date = forms.DateField(label=_("Posting date"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    document_number = forms.CharField(label=_("Document number"), max_length=20)
