"""The one door to sqlmodel and SQLAlchemy: schema, connection, reads and writes. SQLite by default, PostgreSQL by URL."""

from gongxiang.workflow.store.store import Store, Transaction

__all__ = ["Store", "Transaction"]
