"""A PostgreSQL database that tests have one after the other, each as if it were new.

Copying a database costs some 100 ms, half of it the server's checkpoint; deleting what a test wrote, a few. A database whose
schema a test changed, or that holds a lot, is thrown away and copied again.
"""

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager

import asyncpg
from sqlalchemy import make_url

from tests.servers import create_database

A_LOT = 2_000
"""Rows: dead ones slow down whoever reads the table next."""

KEEP = """
create schema kept;
create table kept.change (command text);
create function kept.note() returns event_trigger language plpgsql security definer set search_path = kept as
$$ begin insert into change values (tg_tag); end $$;
do $$ declare each text; is_used boolean; begin
  for each in select format('%I', tablename) from pg_tables where schemaname = 'public' loop
    execute format('select exists (select from public.%s)', each) into is_used;
    if is_used then execute format('create table kept.rows_%s as table public.%s', each, each); end if;
  end loop;
end $$;
create event trigger kept_change on ddl_command_end execute function kept.note();
create event trigger kept_drop on sql_drop execute function kept.note()
"""
WIPE = f"""
do $$ declare each text; gone bigint; total bigint := 0; begin
  perform pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid();
  if exists (select from kept.change) then return; end if;
  set local session_replication_role = replica;  -- no triggers: neither foreign keys nor those that keep the audit
  for each in select tablename from pg_tables where schemaname = 'public' loop
    execute format('delete from public.%I', each);
    get diagnostics gone = row_count;
    total := total + gone;
    if to_regclass(format('kept.%I', 'rows_' || each)) is not null then
      execute format('insert into public.%I select * from kept.%I', each, 'rows_' || each);
    end if;
  end loop;
  perform setval(format('public.%I', sequencename)::regclass, start_value, false) from pg_sequences where schemaname = 'public';
  if total > {A_LOT} then insert into kept.change values ('much'); end if;
end $$
"""


class Databases:
    """Hands out one database after the other, `template` being the migrated one that they are copies of."""

    def __init__(self, server: str, template: str, runner: asyncio.Runner) -> None:
        self._server, self._template, self._runner = server, template, runner
        self._open: tuple[AbstractAsyncContextManager[str], str, asyncpg.Connection] | None = None

    @contextmanager
    def borrowed(self) -> Iterator[str]:
        """The URL of a database that is as the template. Called outside of any loop, as its connection has one of its own."""
        _, url, connection = self._open = self._open or self._runner.run(self._copy())
        try:
            yield url
        finally:
            if not self._runner.run(_wiped(connection)):
                self.close()

    def close(self) -> None:
        if self._open is not None:
            creating, _, connection = self._open
            self._open = None
            self._runner.run(connection.close())
            self._runner.run(creating.__aexit__(None, None, None))

    async def _copy(self) -> tuple[AbstractAsyncContextManager[str], str, asyncpg.Connection]:
        creating = create_database(self._server, template=self._template)
        url = await creating.__aenter__()
        connection = await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(False))
        await connection.execute(KEEP)
        return creating, url, connection


async def _wiped(connection: asyncpg.Connection) -> bool:
    """Whether the database is as it was."""
    await connection.execute(WIPE)
    return not await connection.fetchval("select exists (select from kept.change)")
