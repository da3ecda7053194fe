"""What led from each version of the tables to the next. A step here is frozen: it imports nothing of the schema as it
stands today, and is never changed once released.

A new version is a module in `versions` with `revision`, `down_revision`, `SAYS` (what it does, in one line), `upgrade`,
`downgrade` and `losses` (what its downgrade cannot keep); then `REVISION` in schema.py names it.
"""
