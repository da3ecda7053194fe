"""The one door to sqlmodel and SQLAlchemy: schema, connection, reads, writes. SQLite is what is tested."""

from gongxiang.workflow.store.connection import bare_file, missing_file
from gongxiang.workflow.store.store import HostSession, Store
from gongxiang.workflow.store.transaction import Transaction

__all__ = ["HostSession", "Store", "Transaction", "bare_file", "missing_file"]
