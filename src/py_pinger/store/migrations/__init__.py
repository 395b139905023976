"""The steps from one schema to the next, for Alembic. There is no way back: restore a backup instead."""
