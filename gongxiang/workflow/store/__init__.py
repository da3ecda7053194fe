"""The one door to sqlmodel, SQLAlchemy and the drivers beneath: schema, connection, reads, writes."""

from gongxiang.workflow.store.changes import Changes, Ruling
from gongxiang.workflow.store.connection import absence
from gongxiang.workflow.store.driver import Overtaken
from gongxiang.workflow.store.store import HostSession, Store
from gongxiang.workflow.store.transaction import Transaction

__all__ = ["Changes", "HostSession", "Overtaken", "Ruling", "Store", "Transaction", "absence"]
