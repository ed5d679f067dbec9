"""The lock of an outlet on a database server: held by the ledger's own connection, and lost with it."""

from __future__ import annotations

from sqlalchemy import Connection, func, select, text

OUTLET_LOCKS = 4157202
"""The first half of the advisory locks' numbers; the second is the outlet's number."""

_HOLDER = text(
    """
    SELECT application_name || ' on ' || coalesce(host(client_addr), 'this machine')
        || ', connected since ' || to_char(backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    FROM pg_stat_activity JOIN pg_locks USING (pid)
    WHERE locktype = 'advisory' AND granted AND classid = :locks AND objid = :outlet
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    """
)


def take_server_lock(connection: Connection, outlet: int, run_id: str) -> str | None:
    """Take the lock for the rest of the connection; returns its holder, in words, if another has it."""
    connection.execute(select(func.set_config("application_name", f"asiadesk {run_id}", False)))
    if connection.scalar(select(func.pg_try_advisory_lock(OUTLET_LOCKS, outlet))):
        return None
    return server_lock_holder(connection, outlet) or "another process"


def server_lock_holder(connection: Connection, outlet: int) -> str | None:
    """Who holds the outlet's lock, in words; None if nobody does."""
    holder: str | None = connection.scalar(_HOLDER, {"locks": OUTLET_LOCKS, "outlet": outlet})
    return holder
