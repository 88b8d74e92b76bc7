import { liveVersions } from '@rekey/secret/internal'
import { NON_PRODUCTION_PREFIX, Secret, type SecretVersion, type StagedSecret } from '@rekey/secret'
import {
  type AdminSqlPool,
  describeVersion,
  type Fleet,
  type LostVersion,
  patienceOf,
  randomValue,
  type RotationParts,
  type WaitOptions,
} from '@rekey/secret/internal/kind'
import {
  createFarSideRotation,
  type DeclaredSecret,
  defineKind,
  type FarSide,
  type RotationKind,
  type StepContext,
} from '@rekey/secret/kind'
import {
  type DatabaseCredentials,
  formatDatabaseUrl,
  parseDatabaseUrl,
} from '../spec/database-url.ts'
import { postgresLogin } from '../spec/postgres-login.ts'
import { missingRights } from '../roles/missing-rights.ts'
import { endOfLogin } from '../roles/login-lifetime.ts'
import { DatabaseServer } from './database-server.ts'
import { describeOpenSession } from './describe-session.ts'
import { planDatabase } from './plan-database.ts'
import { databaseRunbook } from '../runbook/database-runbook.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The database login of one service. */
export interface DatabaseKindOptions extends WaitOptions {
  /** The service that logs in. */
  readonly service: string
  /** The name in the store. Default: that of the login of `service`. */
  readonly name?: string
  /** Whether replicas of `service` report which login they use. Without, it has left the old one once no session is left. Default true. */
  readonly isReported?: boolean
  /** The NOLOGIN role that holds the rights; every login acts as it. */
  readonly ownerRole: string
  /** The rotator's own connections, to the database of the service: of `createClusterPool` where the server has standbys. */
  readonly admin: AdminSqlPool
  /** Whether new passwords bear the mark of development. */
  readonly nonProduction: boolean
  /** Whether the journal is on the same server: then roles are changed only in a transaction that holds the claim. */
  readonly journalOnServer?: boolean
}

/** The family's declaration of a login beside its service. */
interface DatabaseEntry {
  readonly server: string
  readonly database: string
  readonly ownerRole: string
  /** Absent: a service of the family holds it. */
  readonly isReported?: boolean
}

/**
 * Database logins: a new LOGIN role in the owner role, proven by a real login and equal rights; pools swap; no session of the
 * old role is left; the old role is dropped.
 */
export const databaseKind = defineKind({
  kind: 'database',
  parties: ['service'],
  restartable: ['service'],
  spec: { owner: postgresLogin },
  storeName: (service) => postgresLogin().nameFor(service),
  schedule: { rotateAfterMs: 7 * DAY_MS, maxAgeMs: 30 * DAY_MS, staggerMs: 15 * MINUTE_MS },
  rotation: createRotation,
  runbook: databaseRunbook,
  rotationOf(
    { parties: [service = ''], name, entry }: DeclaredSecret<DatabaseEntry>,
    parts: RotationParts,
  ) {
    const { server, database, ownerRole, isReported = true } = entry
    const admin = parts.sqlPool(server, database)
    return createRotation({
      ...parts,
      service,
      name,
      isReported,
      ownerRole,
      admin,
      journalOnServer: parts.journal === server,
    })
  },
})

/** Of a login that no service of the family holds: no replica is waited for. */
const NO_REPLICAS: Fleet = {
  replicas: () => Promise.resolve([]),
  acknowledgements: () => Promise.resolve([]),
}

/** The common steps; what PostgreSQL proves is more than that it accepts a login, and is written with the change itself. */
function createRotation(options: DatabaseKindOptions): RotationKind {
  const { service, ownerRole, isReported = true } = options
  const { name = postgresLogin().nameFor(service) } = options
  const { deadlineMs } = patienceOf(options, name)
  const server = new DatabaseServer({ ...options, deadlineMs })
  const place = { ...options, server, name, deadlineMs }
  const fleet = isReported ? options.fleet : NO_REPLICAS
  const farSide = createLogins(place)
  const common = { kind: 'database', name, fleet, farSide, validationMs: 0 }

  return {
    ...createFarSideRotation({ ...options, ...common }),
    isReported,
    lacks: ({ current }) =>
      server.look((client) => missingRights(client, { ownerRole, like: loginOf(current) })),
    async prove(candidate, reference, context) {
      await server.prove(candidate.value.map(parseDatabaseUrl), ownerRole, context)
      await requireEqual(place, [reference, candidate], context)
    },
    attestsItself: true,
    acceptedUntil: (version) => server.look((client) => endOfLogin(client, loginOf(version))),
    countSessions: (version) => server.countSessions(loginOf(version)),
    strangers: (staged) => server.strangers({ ownerRole, known: knownIn(staged) }),
    closeStrangers: (found, context) => server.closeStrangers(found, { deadlineMs }, context),
    closeLost: (lost, staged, context) => attestLost(place, { lost, staged }, context),
  }
}

/** The logins of an owner role, and how long a wait for them lasts. */
interface Place extends Pick<DatabaseKindOptions, 'ownerRole' | 'nonProduction'> {
  readonly server: DatabaseServer
  /** The name of the secret in the store. */
  readonly name: string
  readonly deadlineMs: number
}

function createLogins(place: Place): FarSide {
  const { server, name, ownerRole, deadlineMs } = place
  const drop = (left: SecretVersion, context: StepContext) =>
    server.revoke({ login: loginOf(left), deadlineMs, version: describeVersion(left) }, context)
  return {
    ...{ name: 'PostgreSQL', noun: 'login', slots: 'names' },
    plan: (staged) => planDatabase(server, { ownerRole, ...loginsByStage(staged) }),
    choose: ({ value }, context) => nextLogin(place, value, context),
    isMarked: (value) => credentialsIn(value).password.startsWith(NON_PRODUCTION_PREFIX),
    async add({ current, pending }, context) {
      const { user: login, password } = credentialsIn(pending.value)
      const admission = { ownerRole, login, password: Secret.of(password, name) }
      const model = { like: loginOf(current), ...timeBetween(current, pending) }
      await server.admit({ ...admission, ...model }, current.value.map(parseDatabaseUrl), context)
    },
    accepts: (value) => server.takesSessions(userIn(value)),
    remove: (_, context, previous) => drop(previous, context),
    withdraw: ({ pending }, context) => drop(pending, context),
    sessions: async (value) => (await server.sessions(userIn(value))).map(describeOpenSession),
    accountOf: userIn,
    close: (login, context) => server.revoke({ login, deadlineMs }, context),
    sweep: (staged, context, left = []) => server.sweep({ left, known: knownIn(staged) }, context),
  }
}

function credentialsIn(value: Secret): DatabaseCredentials {
  return parseDatabaseUrl(value.expose())
}

function userIn(value: Secret): string {
  return credentialsIn(value).user
}

function loginOf({ value }: SecretVersion): string {
  return userIn(value)
}

/** A login is as old as its version: the store records when it was made, and keeps that time when the version moves. */
function timeBetween({ createdAt: first }: SecretVersion, { createdAt: second }: SecretVersion) {
  return first && second ? { laterMs: second.getTime() - first.getTime() } : {}
}

/** A rotation that is rolled back returns to the login that is proven, whatever distinguishes it from the other. */
async function requireEqual(
  { server, ownerRole }: Place,
  [first, second]: readonly [SecretVersion, SecretVersion],
  context: StepContext,
): Promise<void> {
  const logins = [loginOf(first), loginOf(second)] as const
  await server.requireEqual(logins, timeBetween(first, second), context)
  if (second.stage === 'pending') {
    await server.requireIndifference(ownerRole, loginOf(first), context)
  }
}

function loginsByStage({ current, pending, previous }: StagedSecret) {
  return {
    current: loginOf(current),
    ...(pending && { pending: loginOf(pending) }),
    ...(previous && { previous: loginOf(previous) }),
  }
}

async function nextLogin(
  { server, ownerRole, name, nonProduction }: Place,
  value: Secret,
  context: StepContext,
): Promise<Secret> {
  // Before anything is made: the version could not be called revoked later. One that has leaked is replaced all the same.
  if (!context.compromised) await server.requireListed(context)
  const current = credentialsIn(value)
  const user = await server.nextLoginName(ownerRole, current.user)
  const password = randomValue(name, { nonProduction }).expose()
  return Secret.of(formatDatabaseUrl({ ...current, user, password }), name)
}

/**
 * Attests each version whose login is closed. The journal of an older release does not know which login a version has: such a version
 * is refused for certain only if the owner role has no login but those that the store names.
 */
async function attestLost(
  { server, ownerRole, deadlineMs }: Place,
  { lost, staged }: { readonly lost: readonly LostVersion[]; readonly staged: StagedSecret },
  context: StepContext,
): Promise<readonly string[]> {
  const known = knownIn(staged)
  await server.settle(context)
  const isAlone = (await server.strangers({ ownerRole, known })).length === 0
  const alone = isAlone ? `${ownerRole} has no login but ${known.join(', ')}` : undefined
  for (const { account, ...version } of lost) {
    if (account !== undefined) {
      const isOpen = await server.takesSessions(account)
      if (!isOpen) await server.revoke({ login: account, deadlineMs, version }, context)
    } else if (alone !== undefined) {
      await context.attest({ ...version, evidence: alone })
    }
  }
  return []
}

function knownIn(staged: StagedSecret): string[] {
  return liveVersions(staged).map(loginOf)
}
