import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { type AuditEvent, type AuditLog, type AuditSink, openAuditLog } from '@rekey/audit-log'
import { parseDatabaseUrl } from '@rekey/db-pool-rotator'
import {
  apiKeyKind,
  databaseKind,
  type Fleet,
  openPostgresJournal,
  type RotationJournal,
  type RotationKind,
} from '@rekey/rotation'
import { oidcClientKind } from '@rekey/rotation/oidc'
import type { SecretStore } from '@rekey/secret'
import { openDotenvStore } from '@rekey/secret-stores'
import pg from 'pg'
import { deskProvider } from './desk-provider.ts'
import { DATABASE_SERVICES } from './prepare-databases.ts'
import { API_KEY_PAIRS } from './prepare-secrets.ts'
import type { StackFile } from './stack-file.ts'

/** Everything that rotating the secrets of a stack takes. */
export interface Rotator extends AsyncDisposable {
  readonly store: SecretStore
  readonly journal: RotationJournal
  readonly audit: AuditSink
  readonly fleet: Fleet
  /** Every secret of the stack that can be rotated: `api-key frontend:signing`, `database frontend`. */
  readonly kinds: ReadonlyMap<string, RotationKind>
  /** The rotator's connections to the database of a service. */
  adminPool(database: string): pg.Pool
  close(): Promise<void>
}

/** What a rotator needs to know of a stack. */
export type RotatorOptions = Pick<
  StackFile,
  'envFile' | 'fleet' | 'validationMs' | 'auditDirectory' | 'client'
> & {
  /** How long a rotation waits for replicas and sessions. Default: that of the kinds. */
  readonly deadlineMs?: number
}

/** Logs in with the rotator's own, limited role and opens its journal. */
export async function openRotator(options: RotatorOptions): Promise<Rotator> {
  const { envFile, fleet, auditDirectory } = options
  const store = await openDotenvStore({ path: envFile })
  const login = parseDatabaseUrl((await store.read('DATABASE_ROTATOR')).current.value.expose())
  const pools = new Map<string, pg.Pool>()
  const adminPool = (database: string) => {
    const pool = pools.get(database) ?? openPool({ ...login, database })
    pools.set(database, pool)
    return pool
  }
  const audit = new OwnAuditLog(join(auditDirectory, `rotator-${randomUUID()}.log`))
  const close = async () => {
    await Promise.all([...pools.values()].map((pool) => pool.end()))
    await audit.close()
  }
  const journal = await openPostgresJournal(adminPool(login.database))
  const kinds = listKinds(options, adminPool)
  kinds.set('oidc-client frontend', clientKind(options, store))
  return { store, journal, audit, fleet, kinds, adminPool, close, [Symbol.asyncDispose]: close }
}

function listKinds(
  { fleet, validationMs, deadlineMs }: RotatorOptions,
  adminPool: (database: string) => pg.Pool,
): Map<string, RotationKind> {
  const patience = { fleet, ...(deadlineMs !== undefined && { deadlineMs }) }
  const kinds = new Map<string, RotationKind>()
  for (const [sender, receiver] of API_KEY_PAIRS) {
    const kind = apiKeyKind({ ...patience, sender, receiver, environment: 'dev', validationMs })
    kinds.set(`api-key ${sender}:${receiver}`, kind)
  }
  for (const service of DATABASE_SERVICES) {
    const admin = adminPool(service)
    const kind = databaseKind({
      ...patience,
      service,
      ownerRole: service,
      admin,
      nonProduction: true,
      journalOnServer: true,
    })
    kinds.set(`database ${service}`, kind)
  }
  return kinds
}

function clientKind(
  { fleet, validationMs, deadlineMs, client }: RotatorOptions,
  store: SecretStore,
): RotationKind {
  const provider = deskProvider(
    { url: client.deskUrl, secretName: 'OIDC_CLIENT_SECRET_FRONTEND' },
    store,
  )
  return oidcClientKind({
    ...{ service: 'frontend', issuer: client.issuer, clientId: client.clientId },
    ...{ provider, fleet, validationMs, nonProduction: true },
    ...(deadlineMs !== undefined && { deadlineMs }),
  })
}

function openPool(config: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({
    ...config,
    max: 2,
    connectionTimeoutMillis: 5_000,
    application_name: 'rekey',
  })
  // An idle connection that the server ends is replaced at the next query, which reports what is wrong.
  pool.on('error', () => undefined)
  // One that is cut while it is lent fails its query as well.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/** A log of this rotator alone, made with its first event: one that only looks leaves no file. */
class OwnAuditLog implements AuditSink {
  readonly #path: string
  #log: Promise<AuditLog> | undefined

  constructor(path: string) {
    this.#path = path
  }

  async record(event: AuditEvent): Promise<void> {
    this.#log ??= openAuditLog({ path: this.#path })
    await (await this.#log).record(event)
  }

  async close(): Promise<void> {
    await (await this.#log)?.[Symbol.asyncDispose]()
  }
}
