import { SecretError } from '@rekey/secret'
import pg from 'pg'
import { requireRoleName } from './role-name.ts'

/** Privileges that a service may have on a table. */
export type TablePrivilege =
  'SELECT' | 'INSERT' | 'UPDATE' | 'DELETE' | 'TRUNCATE' | 'REFERENCES' | 'TRIGGER'
/** A privilege on a column. */
export type ColumnPrivilege = 'SELECT' | 'INSERT' | 'UPDATE' | 'REFERENCES'

/** A privilege on a sequence. */
export type SequencePrivilege = 'USAGE' | 'SELECT' | 'UPDATE'

/** Privileges of a service in a schema; with USAGE on it. */
export interface SchemaTemplate {
  readonly tables?: Readonly<Record<string, readonly TablePrivilege[]>>
  /** By table, then by column: beyond what it may do with the whole table. */
  readonly columns?: Readonly<Record<string, Readonly<Record<string, readonly ColumnPrivilege[]>>>>
  readonly sequences?: Readonly<Record<string, readonly SequencePrivilege[]>>
}

/** The least that a service's owner role needs, and all that it may have. Names are exact, without quotes. */
export interface GrantTemplate {
  /** It gets CONNECT on it. */
  readonly database: string
  readonly schemas: Readonly<Record<string, SchemaTemplate>>
}

/** One privilege that a template gives. */
export interface Grant {
  readonly kind: 'database' | 'schema' | 'table' | 'column' | 'sequence'
  readonly privilege: string
  /** Database; schema; schema, table; schema, table, column; schema, sequence. */
  readonly path: readonly string[]
}

const PRIVILEGES = new Set(
  'SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER USAGE CONNECT'.split(' '),
)

/** The privileges of a template, one by one. */
export function* grantsIn({ database, schemas }: GrantTemplate): Generator<Grant> {
  yield { kind: 'database', privilege: 'CONNECT', path: [database] }
  for (const [schema, { tables = {}, columns = {}, sequences = {} }] of Object.entries(schemas)) {
    yield { kind: 'schema', privilege: 'USAGE', path: [schema] }
    yield* grantsOn('table', [schema], tables)
    for (const [table, byColumn] of Object.entries(columns)) {
      yield* grantsOn('column', [schema, table], byColumn)
    }
    yield* grantsOn('sequence', [schema], sequences)
  }
}

function* grantsOn(
  kind: Grant['kind'],
  parents: readonly string[],
  children: Readonly<Record<string, readonly string[]>>,
): Generator<Grant> {
  for (const [child, privileges] of Object.entries(children)) {
    for (const privilege of privileges) yield { kind, privilege, path: [...parents, child] }
  }
}

/**
 * The statements that give a service's owner role what its template lists, to be run by the owner of these objects. Can be
 * run again; takes nothing away: `checkTemplate` reports what is too much.
 *
 * @throws {SecretError} `malformed` a name or a privilege that does not exist
 */
export function grantTemplate(ownerRole: string, template: GrantTemplate): string {
  requireRoleName(ownerRole)
  const role = pg.escapeIdentifier(ownerRole)
  return [...grantsIn(template)]
    .map((grant) => `grant ${statementOf(grant)} to ${role};\n`)
    .join('')
}

function statementOf({ kind, privilege, path }: Grant): string {
  if (!PRIVILEGES.has(privilege)) {
    throw new SecretError('malformed', `There is no privilege of that name on a ${kind}`)
  }
  const names = path.map(pg.escapeIdentifier)
  if (kind !== 'column') return `${privilege} on ${kind} ${names.join('.')}`
  return `${privilege} (${names[2] ?? ''}) on table ${names.slice(0, 2).join('.')}`
}
