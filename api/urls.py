"""Every resource of `/api/v1/`, one line each."""

from django.urls import path, re_path
from rest_framework.routers import SimpleRouter

from api import (
    applications,
    assembly,
    catalog,
    gl_check,
    item_actions,
    items,
    journals,
    ledger,
    lookups,
    periods,
    revaluations,
    runs,
    setup,
    standard_costs,
    standard_journals,
    tokens,
)
from api.nowhere import Nowhere

router = SimpleRouter()
router.register("items", items.Items, "items")
router.register("units", catalog.Units, "units")
router.register("item-units", catalog.ItemUnits, "item-units")
router.register("locations", catalog.Locations, "locations")
router.register("variants", catalog.Variants, "variants")
router.register("resources", assembly.Resources, "resources")
router.register("assembly-bom-lines", assembly.AssemblyBOMLines, "assembly-bom-lines")
router.register("standard-cost-versions", standard_costs.StandardCostVersions, "standard-cost-versions")
router.register("item-templates", catalog.ItemTemplates, "item-templates")
router.register("item-tracking-codes", catalog.ItemTrackingCodes, "item-tracking-codes")
router.register("number-series", setup.NumberSeries, "number-series")
router.register("number-series-lines", setup.NumberSeriesLines, "number-series-lines")
router.register("reason-codes", setup.ReasonCodes, "reason-codes")
router.register("responsibility-centers", setup.ResponsibilityCenters, "responsibility-centers")
router.register("user-setup", setup.UserSetups, "user-setup")
router.register("inventory-posting-groups", setup.InventoryPostingGroups, "inventory-posting-groups")
router.register("gen-business-posting-groups", setup.GenBusinessPostingGroups, "gen-business-posting-groups")
router.register("gen-product-posting-groups", setup.GenProductPostingGroups, "gen-product-posting-groups")
router.register("inventory-posting-setup", setup.InventoryPostingSetups, "inventory-posting-setup")
router.register("general-posting-setup", setup.GeneralPostingSetups, "general-posting-setup")
router.register("vendors", catalog.Vendors, "vendors")
router.register("customers", catalog.Customers, "customers")
router.register("accounting-periods", setup.AccountingPeriods, "accounting-periods")
router.register("inventory-periods", setup.InventoryPeriods, "inventory-periods")
router.register("item-ledger-entries", ledger.ItemLedgerEntries, "item-ledger-entries")
router.register("value-entries", ledger.ValueEntries, "value-entries")
router.register("item-application-entries", ledger.ItemApplicationEntries, "item-application-entries")
router.register("item-registers", ledger.ItemRegisters, "item-registers")
router.register("gl-entries", ledger.GLEntries, "gl-entries")
router.register("gl-registers", ledger.GLRegisters, "gl-registers")
router.register("gl-accounts", ledger.GLAccounts, "gl-accounts")
router.register("jobs", runs.Jobs, "jobs")

urlpatterns = [
    path("tokens/", tokens.Tokens.as_view()),
    path("tokens/<str:key>/", tokens.Token.as_view()),
    path("journals/", journals.Journals.as_view()),
    path("journals/<str:template>/<str:batch>/", journals.Journal.as_view()),
    path("journals/<str:template>/<str:batch>/lines/", journals.JournalLines.as_view()),
    path("journals/<str:template>/<str:batch>/check/", journals.JournalCheck.as_view()),
    path("journals/<str:template>/<str:batch>/preview/", journals.JournalPreview.as_view()),
    path("journals/<str:template>/<str:batch>/posting/", journals.JournalPosting.as_view()),
    path("journals/<str:template>/<str:batch>/valid-posting/", journals.JournalValidPosting.as_view()),
    path("journals/<str:template>/<str:batch>/renumbering/", standard_journals.JournalRenumbering.as_view()),
    path("journals/<str:template>/<str:batch>/standard-journals/", standard_journals.StandardJournals.as_view()),
    path(
        "journals/<str:template>/<str:batch>/standard-journals/<str:code>/",
        standard_journals.StandardJournal.as_view(),
    ),
    path("item-ledger-entries/<int:entry>/applications/", applications.EntryApplications.as_view()),
    path("applications/", applications.Applications.as_view()),
    path("applications/reapplication/", applications.Reapplication.as_view()),
    path("revaluations/", revaluations.Revaluations.as_view()),
    path("revaluations/proposal/", revaluations.RevaluationProposal.as_view()),
    path("lookups/items/", lookups.ItemLookup.as_view()),
    path("lookups/locations/", lookups.LocationLookup.as_view()),
    path("lookups/units/", lookups.UnitLookup.as_view()),
    path("lookups/variants/", lookups.VariantLookup.as_view()),
    path("lookups/vendors/", lookups.VendorLookup.as_view()),
    path("lookups/customers/", lookups.CustomerLookup.as_view()),
    path("inventory-setup/", setup.InventorySetup.as_view()),
    path("inventory-periods/<str:ending_date>/check/", periods.InventoryPeriodCheck.as_view()),
    path("inventory-periods/<str:ending_date>/reopening/", setup.InventoryPeriodReopening.as_view()),
    path("item-changes/", items.ItemChanges.as_view()),
    path("items/<str:number>/copies/", item_actions.ItemCopies.as_view()),
    path("items/<str:number>/deletion/", item_actions.ItemDeletion.as_view()),
    path("items/<str:number>/template/", item_actions.ItemTemplateUse.as_view()),
    path("items/<str:number>/save-as-template/", item_actions.ItemAsTemplate.as_view()),
    path("items/<str:number>/inventory/", item_actions.InventoryAdjustment.as_view()),
    path("assembly-bom-changes/", assembly.AssemblyBOMChanges.as_view()),
    path("assembly-boms/<str:number>/explosion/", assembly.AssemblyBOMExplosion.as_view()),
    path("standard-costs/calculation/", standard_costs.StandardCostCalculation.as_view()),
    path("standard-costs/implementation/", standard_costs.StandardCostImplementation.as_view()),
    path("item-registers/<int:register>/reversal/", ledger.ItemRegisterReversal.as_view()),
    path("cost-adjustment/", runs.CostAdjustment.as_view()),
    path("gl-posting/", runs.GLPosting.as_view()),
    path("gl-posting/check/", gl_check.GLCheck.as_view()),
    *router.urls,
    re_path("", Nowhere.as_view()),
]
