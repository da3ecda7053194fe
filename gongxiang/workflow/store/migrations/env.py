"""What Alembic runs: the steps, on the connection it is given, within the transaction that was begun there."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
)
with context.begin_transaction():  # a transaction begun outside is left to whoever began it
    context.run_migrations()
