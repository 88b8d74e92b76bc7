import type { SqlClient } from '@rekey/secret/kind'
import { query } from './admin-query.ts'

/** The words by which SQL distinguishes the logins of an owner role. `session_authorization` is the parameter of that name. */
const WORDS = `'\\m(?:session_user|system_user|session_authorization)\\M'`

/** The text of a function, in either of its forms. */
const SOURCE = 'concat(f.prosrc, pg_catalog.pg_get_function_sqlbody(f.oid))'

/** All that is evaluated in a session and has a text. A policy has also that of the functions that it calls itself. */
const TEXTS = `select 'policy ' || p.polname || ' on ' || n.nspname || '.' || c.relname as name, p.oid as policy,
    concat_ws(' ', pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid),
      (select string_agg(${SOURCE}, ' ') from pg_catalog.pg_depend d join pg_catalog.pg_proc f on f.oid = d.refobjid
        where d.classid = 'pg_policy'::regclass and d.objid = p.oid and d.refclassid = 'pg_proc'::regclass and f.oid >= 16384)) as text
    from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  union all select 'function ' || f.oid::regprocedure::text, null, ${SOURCE} from pg_catalog.pg_proc f where f.oid >= 16384
  union all select 'view ' || v.schemaname || '.' || v.viewname, null, v.definition from pg_catalog.pg_views v
    where v.schemaname not in ('pg_catalog', 'information_schema')
  union all select 'default of ' || d.adrelid::regclass::text || '.' || a.attname, null, pg_get_expr(d.adbin, d.adrelid)
    from pg_catalog.pg_attrdef d join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
  union all select 'condition of the trigger ' || g.tgname || ' on ' || g.tgrelid::regclass::text, null,
    pg_get_triggerdef(g.oid) from pg_catalog.pg_trigger g where g.tgqual is not null
  union all select 'constraint ' || k.conname || ' on ' || k.conrelid::regclass::text, null, pg_get_constraintdef(k.oid)
    from pg_catalog.pg_constraint k where k.contype = 'c' and k.conrelid <> 0`

/** Rights for which policies of a command are asked (PostgreSQL documentation, `pg_policy.polcmd`). */
const COMMAND_RIGHTS = `case p.polcmd when 'r' then 'SELECT' when 'a' then 'INSERT' when 'w' then 'UPDATE' when 'd' then 'DELETE'
  else 'SELECT, INSERT, UPDATE, DELETE' end`

/** Without a right there are no rows that a policy could show or hide. DELETE is no right on a column. */
const HAS_RIGHT = `has_schema_privilege(o.oid, c.relnamespace, 'usage') and (has_table_privilege(o.oid, c.oid, ${COMMAND_RIGHTS})
  or p.polcmd <> 'd' and has_any_column_privilege(o.oid, c.oid, replace(${COMMAND_RIGHTS}, ', DELETE', '')))`

/** Whether row security holds the owner role to a policy (PostgreSQL's check_enable_rls, src/backend/utils/misc/rls.c). */
const HOLDS = `exists (select from pg_catalog.pg_policy p
    join pg_catalog.pg_class c on c.oid = p.polrelid join pg_catalog.pg_roles o on o.rolname = $1
    where p.oid = t.policy and c.relrowsecurity and not o.rolbypassrls
      and (c.relforcerowsecurity or not pg_has_role(o.oid, c.relowner, 'usage'))
      and exists (select from unnest(p.polroles) r where r = 0 or pg_has_role(o.oid, r, 'usage')) and ${HAS_RIGHT})`

const READERS = `select t.name, substring(lower(t.text) from ${WORDS}) as word,
    coalesce(case when t.policy is null then strpos(t.text, quote_literal($2)) > 0 else ${HOLDS} end, false) as decides
  from (${TEXTS}) t where lower(t.text) ~ ${WORDS} order by 1`

/** Something in a database that reads the login of a session. */
export interface LoginReader {
  /** `policy p on public.t`, `function f()`, `view public.v`, `default of t.a`, `constraint c on t`. */
  readonly name: string
  /** The word by which it does: `session_user`. */
  readonly word: string
  /**
   * It is a policy that holds for the owner role, on a table to which that has a right; or, if it is no policy, it has the name of the login in
   * it. Another login has other rights.
   */
  readonly decides: boolean
}

/**
 * Lists what reads the login of a session in the database that `client` is in. It is text that is searched: a function that another one
 * calls, and SQL that is put together in a function, are not followed.
 *
 * @param ownerRole the role as which the sessions act
 * @param login the one in use
 */
export async function findLoginReaders(
  client: SqlClient,
  ownerRole: string,
  login: string,
): Promise<LoginReader[]> {
  return query<LoginReader>(client, READERS, [ownerRole, login])
}
