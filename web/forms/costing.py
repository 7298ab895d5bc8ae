"""Forms of the costing page: shapes only."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from costing.gl_posting import PER_ENTRY, PER_POSTING_GROUP


class AdjustForm(forms.Form):
    """Up to which day average items are adjusted; blank for all."""

    until = forms.DateField(
        label=_("Average items until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class PostForm(forms.Form):
    """One pair of entries for each value entry, or for each posting group under one document number."""

    method = forms.ChoiceField(
        label=_("Method"), choices=[(PER_ENTRY, _("Per entry")), (PER_POSTING_GROUP, _("Per posting group"))]
    )
    document_number = forms.CharField(label=_("Document number"), required=False, max_length=20)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("method") == PER_POSTING_GROUP and not given.get("document_number"):
            self.add_error("document_number", _("Posting per posting group needs a document number. Type one."))
        return given
