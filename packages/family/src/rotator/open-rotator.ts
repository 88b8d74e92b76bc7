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
import type { AskOperator, Fleet, Replica, RotationKind, RotationParts } from '@rekey/secret/kind'
import type pg from 'pg'
import type { Deployment } from '../deployment.ts'
import { usedServers } from '../family-secrets.ts'
import { kindsOf } from '../kinds.ts'
import { openAdminPools } from './admin-pools.ts'
import { listKinds } from './list-kinds.ts'
import { openPlace, type Variables } from './open-place.ts'
import { openServiceCalls } from './service-calls.ts'
import { OwnAuditLog } from './own-audit-log.ts'

/** Everything that rotating the secrets of a family takes. */
export interface Rotator extends AsyncDisposable {
  readonly family: Deployment
  readonly store: SecretStore
  readonly journal: RotationJournal
  readonly audit: AuditSink
  readonly fleet: Fleet
  /** Those that the family names. */
  readonly replicas: readonly Replica[]
  /** Every secret that can be rotated: `api-key frontend:signing`, `database frontend`. */
  readonly kinds: ReadonlyMap<string, RotationKind>
  /** The rotator's connections to a database. Default: at the server `main`. */
  adminPool(database: string, server?: string): pg.Pool
  close(): Promise<void>
}

/** The family and the options of its rotator. */
export type RotatorOptions = Deployment & {
  /** How long a rotation waits for replicas and sessions. Default: that of the kinds. */
  readonly deadlineMs?: number
  /**
   * Gives the variables of the store's client that the family leaves open, and the key of the replicas' reports, see
   * `readReportKeys`. Default: none.
   */
  readonly env?: Variables
  /** Gets new secrets from the operator, for providers that only a person can change. Default: such a rotation is refused. */
  readonly ask?: AskOperator
  /** Calls services and providers. Default: the global one. */
  readonly fetch?: typeof fetch
}

/**
 * Logs in with the rotator's own, limited rights and opens its journal.
 *
 * @throws {SecretError} if the store or the journal cannot be opened
 *
 * @example
 * ```ts
 * await using rotator = await openRotator({ ...(await loadDeployment('family.json')), env: process.env })
 * ```
 */
export function openRotator(options: RotatorOptions): Promise<Rotator> {
  return openTogether((own) => openParts(options, own))
}

async function openParts(options: RotatorOptions, own: DisposalStack): Promise<Rotator> {
  const { deadlineMs, env = {}, ask, fetch, ...family } = options
  const store = own.use(await openPlace(family.store, env), 'store')
  const pools = own.use(await openAdminPools(store, usedServers(family)), 'databases')
  const audit = new OwnAuditLog(family.auditDirectory)
  own.defer(() => audit.close(), 'audit log')
  const [key] = await readReportKeys(env)
  const fleet = createFleet(family.fleet, key && { fetch: signedReports(key) })
  const { validationMs, maxOverlapMs, environment } = family
  const parts: RotationParts = {
    ...{ store, fleet, validationMs, journal: family.journal, sqlPool: pools.to },
    nonProduction: environment !== 'production',
    nameOf: (kind, ...parties) => nameOf(family, kind, parties),
    ...(maxOverlapMs !== undefined && { maxOverlapMs }),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(ask && { ask }),
    ...(fetch ? { fetch } : { fetchTo: await openServiceCalls(family, globalThis.fetch, own) }),
  }
  const kinds = await listKinds(family, parts)
  const journal =
    family.journal === 'store'
      ? await openStoreJournal(store, { secrets: [...kinds.values()].map(({ name }) => name) })
      : await openPostgresJournal(pools.own(family.journal))
  const close = () => own.dispose()
  const adminPool = (database: string, server = 'main') => pools.to(server, database)
  const { fleet: replicas } = family
  const rotator = { family, store, journal, audit, fleet, replicas, kinds, adminPool, close }
  return { ...rotator, [Symbol.asyncDispose]: close }
}

function nameOf(family: Deployment, kind: string, parties: readonly string[]): string {
  const known = kindsOf(family).get(kind)
  if (known !== undefined) return known.storeName(...parties)
  throw new TypeError(`the family has no kind ${kind}`)
}
