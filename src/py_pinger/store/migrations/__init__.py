"""The migrations, for Alembic. There is no downgrade: restore a backup instead."""
