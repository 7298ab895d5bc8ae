"""The book: entries, registers and accounts, read only; a register can be taken back by posting its mirror image."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from api.fields import Code, Plain, Row
from api.journals import IDEMPOTENCY, PostingOutput, posting_response
from api.masterdata import Kept, Readable, kept
from api.permissions import COST, needs, sees_cost
from api.requests import LARGEST_ID, Input, UserRequest, idempotency_key, read_body
from ledger import filters, queries
from ledger.models import (
    GLAccount,
    GLEntry,
    GLRegister,
    ItemApplicationEntry,
    ItemLedgerEntry,
    ItemRegister,
    ValueEntry,
)
from posting.reverse import reverse_register

ID = "[0-9]{1,18}"


class _Ledger(Readable):
    lookup_field, lookup_value_regex, page_order = "pk", ID, "-id"


def _quantity() -> Plain:
    return Plain(max_digits=20, decimal_places=5, read_only=True)


def _amount() -> Plain:
    return Plain(max_digits=20, decimal_places=2, read_only=True)


class ItemLedgerEntryRow(Row):
    """What moved; costs only for those who may see them."""

    cost_fields = ("cost_amount_actual", "cost_amount_expected")
    remaining_quantity = _quantity()
    invoiced_quantity = _quantity()
    completely_invoiced = serializers.BooleanField(read_only=True)
    sales_amount_actual = _amount()
    cost_amount_actual = _amount()
    cost_amount_expected = _amount()

    class Meta:
        model = ItemLedgerEntry
        exclude = ["variant_key"]


class ItemLedgerEntries(_Ledger):
    """Item ledger entries, newest first."""

    permission_classes = needs("ledger.view_itemledgerentry")
    queryset = ItemLedgerEntry.objects.all()
    serializer_class = ItemLedgerEntryRow
    filterset_class = filters.ItemLedgerEntryFilter

    def get_queryset(self) -> QuerySet[Any]:
        return queries.item_ledger_entries(with_cost=sees_cost(self.request))


class ValueEntryRow(Row):
    """What it is worth, and how much of that is in the G/L."""

    variant = serializers.CharField(source="item_ledger_entry.variant.code", default=None, read_only=True)
    valuation_date = serializers.DateField(source="valued_on", help_text="As it is now.", read_only=True)
    cost_posted_to_gl = _amount()
    expected_cost_posted_to_gl = _amount()

    class Meta:
        model = ValueEntry
        exclude = ["variant_key"]


class ValueEntries(_Ledger):
    """Value entries, newest first."""

    permission_classes = needs("ledger.view_valueentry", COST)
    queryset = ValueEntry.objects.all()
    serializer_class = ValueEntryRow
    filterset_class = filters.ValueEntryFilter

    def get_queryset(self) -> QuerySet[Any]:
        return queries.value_entries()


class ItemApplicationEntryRow(Row):
    item = serializers.CharField(source="item_ledger_entry.item.number", read_only=True)
    reversed_by: Any = serializers.IntegerField(source="reversed_by.pk", default=None, read_only=True)

    class Meta:
        model = ItemApplicationEntry
        fields = "__all__"


class ItemApplicationEntries(_Ledger):
    """Which entries use which, each row as it was written."""

    permission_classes = needs("ledger.view_itemapplicationentry")
    queryset = ItemApplicationEntry.objects.all()
    serializer_class = ItemApplicationEntryRow
    filterset_class = filters.ItemApplicationEntryFilter

    def get_queryset(self) -> QuerySet[Any]:
        return queries.application_entries()


class ItemRegisterRow(Row):
    reversed_by: Any = serializers.IntegerField(source="reversed_by.pk", default=None, read_only=True)
    item_entry_count = serializers.IntegerField(read_only=True)
    first_item_entry = serializers.IntegerField(read_only=True, allow_null=True)
    last_item_entry = serializers.IntegerField(read_only=True, allow_null=True)
    value_entry_count = serializers.IntegerField(read_only=True)
    first_value_entry = serializers.IntegerField(read_only=True, allow_null=True)
    last_value_entry = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = ItemRegister
        fields = "__all__"


class ItemRegisters(_Ledger):
    """Registers: what was posted together, by whom and when."""

    permission_classes = needs("ledger.view_itemregister")
    queryset = ItemRegister.objects.all()
    serializer_class = ItemRegisterRow
    filterset_class = filters.ItemRegisterFilter

    def get_queryset(self) -> QuerySet[Any]:
        return queries.registers()


class Nothing(Input):
    """A body without fields."""


class ItemRegisterReversal(APIView):
    """Take a register back."""

    permission_classes = needs("posting.reverse_register")

    @extend_schema(
        operation_id="item_registers_reverse", request=Nothing, parameters=[IDEMPOTENCY],
        responses={201: PostingOutput},
    )  # fmt: skip
    def post(self, request: UserRequest, register: int) -> Response:
        """Post the mirror image of a register; refused whole when later entries use what it posted."""
        read_body(Nothing, request)
        if register > LARGEST_ID:
            raise Http404
        key = idempotency_key(request, register=register)
        return posting_response(reverse_register(register, posted_by=request.user, idempotency_key=key))


class GLEntryRow(Row):
    class Meta:
        model = GLEntry
        fields = "__all__"


class GLEntries(_Ledger):
    """G/L entries; the value entries behind one: `value-entries/?gl_entry=`."""

    permission_classes = needs("ledger.view_glentry", COST)
    queryset = GLEntry.objects.all()
    serializer_class = GLEntryRow
    filterset_class = filters.GLEntryFilter

    def get_queryset(self) -> QuerySet[Any]:
        return queries.gl_entries()


class GLRegisterRow(Row):
    entry_count = serializers.IntegerField(read_only=True)
    first_entry = serializers.IntegerField(read_only=True, allow_null=True)
    last_entry = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = GLRegister
        fields = "__all__"


class GLRegisters(_Ledger):
    """Postings into the general ledger."""

    permission_classes = needs("ledger.view_glregister")
    queryset = GLRegister.objects.all()
    serializer_class = GLRegisterRow
    filterset_class = filters.GLRegisterFilter

    def get_queryset(self) -> QuerySet[Any]:
        return queries.gl_registers()


class GLAccountRow(Row):
    cost_fields = ("balance",)
    number = Code(max_length=20)
    balance = _amount()

    class Meta:
        model = GLAccount
        exclude = ["id"]


class GLAccounts(Kept):
    """The chart of accounts, with balances for those who may see costs."""

    permission_classes = kept("ledger.glaccount")
    queryset = GLAccount.objects.all()
    serializer_class = GLAccountRow
    filterset_class = filters.GLAccountFilter
    lookup_field = page_order = "number"

    def get_queryset(self) -> QuerySet[Any]:
        return queries.gl_accounts()
