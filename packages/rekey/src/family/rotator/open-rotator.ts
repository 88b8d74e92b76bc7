import type { AuditPlace, AuditSink } from '@rekey/audit-log/internal'
import { createSignedLog } from '@rekey/audit-log'
import { type RestartingOptions, withRestarts } from '../../fleet/restart/restarting-kind.ts'
import { withoutAbsent } from '../../fleet/without-absent.ts'
import type { RotationJournal } from '../../journal/journal.ts'
import { type DisposalStack, openTogether, type SecretStore } from '@rekey/secret'
import type { AdminSqlPool, AskOperator, Fleet, RotationParts } from '@rekey/secret/internal/kind'
import type { RotationKind } from '@rekey/secret/kind'
import type { Deployment } from '../deployment.ts'
import { noLoginAt, secretsOf, type UsedServer, usedServers } from '../family-secrets.ts'
import { kindsOf } from '../kinds.ts'
import type { AdminPools } from './admin-pools.ts'
import { openFleet, openWorkloads } from './open-fleet.ts'
import { leaveAfterGrace, openAnyAuditPlace, openAuditPlace } from './open-audit-place.ts'
import { openStoreOf, type Variables } from './open-store-of.ts'
import type { Family } from '../schema.ts'
import { openTrustedFetch } from '@rekey/secret/trust'

/** Everything that rotating the secrets of a family takes. */
export interface Rotator extends AsyncDisposable {
  readonly family: Deployment
  readonly store: SecretStore
  readonly journal: RotationJournal
  readonly audit: AuditSink
  /** Where `audit` is kept. */
  readonly auditPlace: AuditPlace
  /** All replicas, also those that rotations are to go on without. */
  readonly fleet: Fleet
  /** Every secret that can be rotated: `api-key frontend:signing`, `database frontend`. */
  readonly kinds: ReadonlyMap<string, RotationKind>
  /** The rotator's connections to a database, on the primary of the server's cluster. Default: at the server `main`. */
  adminPool(database: string, server?: string): AdminSqlPool
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
  /** Replicas that are not waited for while they do not answer, see `withoutAbsent` of `@rekey/rekey`. Default: none. */
  readonly without?: readonly string[]
  /** The person behind this process, for the audit log, as `unix:1000:alice`. Default: none is named. */
  readonly person?: string
  /** A secret has leaked: it opens also where the login of the audit log cannot be read. Default false. */
  readonly isEmergency?: boolean
  /** Gets new secrets from the operator, for providers that only a person can change. Default: such a rotation is refused. */
  readonly ask?: AskOperator
  /** Calls services and providers, with trust of its own. Default: each with trust in what the family declares for it. */
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
  const { person, isEmergency, ...rest } = options
  const { family, env, store, pools, fleet, kinds } = await openKinds(rest, own)
  const behind = person === undefined ? {} : { person }
  const openAudit = isEmergency ? openAnyAuditPlace : openAuditPlace
  const opened = own.use(await openAudit(family, env, store), 'place of the audit log')
  const audit = createSignedLog({ ...opened.place, ...behind })
  own.defer(() => leaveAfterGrace(() => audit.close()), 'audit log')
  const journal = await openJournal({ family, store, pools, kinds })
  const close = () => own.dispose()
  const adminPool = (database: string, server = 'main') => pools.to(server, database)
  const rotator = { family, store, journal, audit, auditPlace: opened.place, fleet, kinds }
  return { ...rotator, adminPool, close, [Symbol.asyncDispose]: close }
}

/** The rotations of a family, with what they take beside a journal and an audit log. */
interface OpenedKinds extends Pick<Rotator, 'family' | 'store' | 'fleet' | 'kinds'> {
  readonly env: Variables
  readonly pools: AdminPools
}

/**
 * Opens the rotations of a family without its journal and its audit log. Writes nothing, unless replicas post their reports on a board, whose
 * table it makes.
 *
 * @throws {SecretError} as {@link openRotator}
 */
export async function openKinds(
  options: Omit<RotatorOptions, 'person' | 'isEmergency'>,
  own: DisposalStack,
): Promise<OpenedKinds> {
  const { deadlineMs, env = {}, ask, fetch, without = [], ...family } = options
  const store = own.use(await openStoreOf(family, env), 'store')
  const pools = own.use(await openPools(store, usedServers(family)), 'databases')
  const fleet = await openFleet({ family, store, env, databaseAt: pools.to }, own)
  const workloads = await openWorkloads(family, env)
  const { validationMs, maxOverlapMs, environment } = family
  const parts: RotationParts = {
    store,
    validationMs,
    journal: family.journal,
    sqlPool: pools.to,
    fleet: without.length === 0 ? fleet : withoutAbsent(fleet, without),
    nonProduction: environment !== 'production',
    nameOf: (kind, ...parties) => nameOf(family, kind, parties),
    ...(maxOverlapMs !== undefined && { maxOverlapMs }),
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(ask && { ask }),
    ...(await openCalls({ family, store, fetch }, own)),
  }
  const kinds = await listKinds(family, parts, { workloads, without })
  return { family, env, store, pools, fleet, kinds }
}

type JournalParts = Pick<Rotator, 'family' | 'store' | 'kinds'> & { readonly pools: AdminPools }

/** Opens the journal that the family names, and loads no other. */
async function openJournal({ family, store, pools, kinds }: JournalParts) {
  if (family.journal === 'store') {
    const { openStoreJournal } = await import('../../journal/store-journal.ts')
    return openStoreJournal(store, { secrets: [...kinds.values()].map(({ name }) => name) })
  }
  const { openPostgresJournal } = await import('../../journal/postgres-journal.ts')
  return openPostgresJournal(pools.to(family.journal))
}

/** The family, and the one `fetch` for everything, if there is one. */
type CallParts = Omit<ServiceCallParts, 'fetch'> & { readonly fetch: typeof fetch | undefined }

/** One `fetch` for everything, or what the family declares for each. */
async function openCalls(
  { family, store, fetch }: CallParts,
  own: DisposalStack,
): Promise<Pick<RotationParts, 'fetch' | 'fetchTo' | 'fetchTrusting'>> {
  if (fetch !== undefined) return { fetch, fetchTrusting: () => Promise.resolve(fetch) }
  const fetchTo = await openServiceCalls({ family, store, fetch: globalThis.fetch }, own)
  return { fetchTo, fetchTrusting: openTrustedCalls(own) }
}

function nameOf(family: Deployment, kind: string, parties: readonly string[]): string {
  const known = kindsOf(family).get(kind)
  if (known !== undefined) return known.storeName(...parties)
  throw new TypeError(`the family has no kind ${kind}`)
}

/**
 * Every secret that is rotated, by what the command line calls it: `api-key frontend:signing`, `database frontend`.
 *
 * @throws {SecretError} if the store cannot give what a kind needs beside the secret
 */
async function listKinds(
  family: Family,
  parts: RotationParts,
  { workloads, without }: Pick<RestartingOptions, 'workloads' | 'without'>,
): Promise<Map<string, RotationKind>> {
  const kinds = kindsOf(family)
  const rotations = new Map<string, RotationKind>()
  for (const secret of secretsOf(family)) {
    const kind = secret.isRotated ? kinds.get(secret.kind) : undefined
    const rotation = await kind?.rotationOf?.(secret, parts)
    if (rotation === undefined) continue
    const restarted = new Map([...workloads].filter(([who]) => secret.holders.includes(who)))
    const { store, deadlineMs = ROLLOUT_MS } = parts
    const options = { workloads: restarted, store, deadlineMs, without }
    rotations.set(secret.title, restarted.size > 0 ? withRestarts(rotation, options) : rotation)
  }
  return rotations
}

/** As long as Kubernetes gives a Deployment (`progressDeadlineSeconds`), and a minute. */
const ROLLOUT_MS = 660_000

/** The ways to the services of a family. */
interface ServiceCallParts {
  readonly family: Family
  readonly store: Pick<SecretStore, 'read'>
  readonly fetch: typeof globalThis.fetch
}

/**
 * Opens what calls the services of a family: one with a TLS identity by its first name, with trust in its roots alone, and as the
 * service that is named, with the current identity of that one; every other service by `fetch`.
 *
 * @throws {SecretError} if the file of the roots cannot be read
 */
async function openServiceCalls(
  { family, store, fetch }: ServiceCallParts,
  own: DisposalStack,
): Promise<NonNullable<RotationParts['fetchTo']>> {
  const identities = secretsOf(family).filter(({ kind }) => kind === 'tls')
  if (identities.length === 0) return () => fetch
  const { createTlsFetch } = await import('@rekey/tls-identity')
  const { callsOf, fetchAs } = await import('@rekey/tls-identity/internal/rotate')
  const targets = new Map<string, Awaited<ReturnType<typeof callsOf>>>()
  const nameless = new Map<string, typeof fetch>()
  for (const { parties, entry } of identities) {
    const [service] = parties
    if (service === undefined || entry === undefined) continue
    const target = await callsOf(entry)
    targets.set(service, target)
    nameless.set(service, own.use(createTlsFetch(target), `connections to ${service}`).fetch)
  }
  return (service, sender) => {
    const target = targets.get(service)
    const identity = identities.find(({ parties: [holder] }) => holder === sender)
    if (target === undefined || identity === undefined) return nameless.get(service) ?? fetch
    return fetchAs({ ...target, read: async () => (await store.read(identity.name)).current })
  }
}

/** Opens what calls servers outside the family that have private roots. */
function openTrustedCalls(own: DisposalStack): NonNullable<RotationParts['fetchTrusting']> {
  return async (trust) => own.use(await openTrustedFetch(trust), 'connections to a provider').fetch
}

/** Opens the rotator's connections, for whose code a family without databases has no use. */
async function openPools(store: SecretStore, servers: readonly UsedServer[]): Promise<AdminPools> {
  const to = (server: string) => {
    throw noLoginAt(server)
  }
  if (servers.length === 0) return { to, [Symbol.asyncDispose]: () => Promise.resolve() }
  return (await import('./admin-pools.ts')).openAdminPools(store, servers)
}
