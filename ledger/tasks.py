"""The nightly audit."""

import structlog
from celery import shared_task

from ledger.audit import audit_ledger


@shared_task(name="ledger.tasks.nightly_audit")
def nightly_audit() -> int:
    """Log every broken invariant; returns how many there are."""
    findings = audit_ledger()
    for finding in findings:
        structlog.get_logger().error("the book is not sound", check=finding.check, rows=finding.ids)
    return len(findings)
