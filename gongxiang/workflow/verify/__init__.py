"""The ledger verified by code that shares nothing with the code that wrote it.

Only plain values come in, and nothing of the workflow, the rules or the calendars' arithmetic is used; a test over the
syntax tree keeps it so. A fault in the engine is found here because the same law is written down a second time, in the
plainest way.
"""

from gongxiang.workflow.verify.findings import CODES, Finding, Verification
from gongxiang.workflow.verify.ledger import verify_ledger

__all__ = ["CODES", "Finding", "Verification", "verify_ledger"]
