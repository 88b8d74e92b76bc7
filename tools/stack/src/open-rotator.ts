import type { AuditSink } from '@rekey/audit-log'
import {
  createFleet,
  openPostgresJournal,
  openStoreJournal,
  type RotationJournal,
  signedReports,
} from '@rekey/rotation'
import { type DisposalStack, openTogether, type SecretStore } from '@rekey/secret'
import { readReportKeys } from '@rekey/secret-stores'
import type { Fleet, Replica, RotationKind } from '@rekey/secret/kind'
import type pg from 'pg'
import { type AdminPools, openAdminPools } from './admin-pools.ts'
import type { FamilyFile } from './family-file.ts'
import { listKinds } from './list-kinds.ts'
import { openPlace, type Variables } from './open-place.ts'
import { OwnAuditLog } from './own-audit-log.ts'

/** Everything that rotating the secrets of a family takes. */
export interface Rotator extends AsyncDisposable {
  readonly store: SecretStore
  readonly journal: RotationJournal
  readonly audit: AuditSink
  readonly fleet: Fleet
  /** Those that the family names. */
  readonly replicas: readonly Replica[]
  /** Every secret that can be rotated: `api-key frontend:signing`, `database frontend`. */
  readonly kinds: ReadonlyMap<string, RotationKind>
  /** The rotator's connections to the database of a service. */
  adminPool(database: string): pg.Pool
  close(): Promise<void>
}

/** What a rotator needs to know of a family, and how it is to work. */
export interface RotatorOptions extends FamilyFile {
  /** How long a rotation waits for replicas and sessions. Default: that of the kinds. */
  readonly deadlineMs?: number
  /**
   * Gives the variables of the store's client that the family leaves open, and the key of the replicas' reports, see
   * `readReportKeys`. Default: none.
   */
  readonly env?: Variables
}

/**
 * Logs in with the rotator's own, limited rights and opens its journal.
 *
 * @throws {SecretError} if the store or the journal cannot be opened
 */
export function openRotator(options: RotatorOptions): Promise<Rotator> {
  return openTogether((own) => openParts(options, own))
}

async function openParts(options: RotatorOptions, own: DisposalStack): Promise<Rotator> {
  const { auditDirectory, deadlineMs } = options
  const store = own.use(await openPlace(options.secrets, options.env), 'store')
  const pools = own.use(await openPools(options, store), 'databases')
  const audit = new OwnAuditLog(auditDirectory)
  own.defer(() => audit.close(), 'audit log')
  const [key] = await readReportKeys(options.env ?? {})
  const fleet = createFleet(options.fleet, key && { fetch: signedReports(key) })
  const parts = { family: options, store, fleet, adminPool: pools.to }
  const kinds = await listKinds({ ...parts, ...(deadlineMs !== undefined && { deadlineMs }) })
  const journal =
    options.journal === 'database'
      ? await openPostgresJournal(pools.own())
      : await openStoreJournal(store, { secrets: [...kinds.values()].map(({ name }) => name) })
  const close = () => own.dispose()
  const { fleet: replicas } = options
  const rotator = { store, journal, audit, fleet, replicas, kinds, adminPool: pools.to, close }
  return { ...rotator, [Symbol.asyncDispose]: close }
}

/** Who has neither a journal nor a login in a database needs no login of its own. */
function openPools({ journal, databases }: FamilyFile, store: SecretStore): Promise<AdminPools> {
  if (journal === 'database' || databases.length > 0) return openAdminPools(store)
  const none = (): never => {
    throw new Error('this family has no database that a rotator changes')
  }
  return Promise.resolve({ own: none, to: none, [Symbol.asyncDispose]: () => Promise.resolve() })
}
