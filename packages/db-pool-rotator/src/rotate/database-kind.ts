import { randomBytes } from 'node:crypto'
import { liveVersions } from '@rekey/secret/internal'
import { NON_PRODUCTION_PREFIX, Secret, type SecretVersion, type StagedSecret } from '@rekey/secret'
import {
  type AdminSqlPool,
  awaitBarrier,
  type BarrierCondition,
  describeVersion,
  longestStep,
  type LostVersion,
  type Patience,
  patienceOf,
  reaches,
  type RotationParts,
  type WaitOptions,
} from '@rekey/secret/internal/kind'
import {
  type DeclaredSecret,
  defineKind,
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
import { waitForNoSessions } from './no-sessions.ts'
import { type DatabasePlanParts, planDatabase } from './plan-database.ts'
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

function createRotation(options: DatabaseKindOptions): RotationKind {
  const { service, ownerRole, nonProduction } = options
  const { name: secret = postgresLogin().nameFor(service), isReported = true } = options
  const patience = { ...patienceOf(options, secret), service, isReported }
  const { deadlineMs } = patience
  const server = new DatabaseServer({ ...options, deadlineMs })
  const drop = (left: SecretVersion, context: StepContext) =>
    server.revoke({ login: loginOf(left), deadlineMs, version: describeVersion(left) }, context)
  const leave = leaving(server, patience)

  return {
    kind: 'database',
    isReported,
    longestStepMs: longestStep(deadlineMs),
    name: secret,
    plan: (staged, signal) =>
      planDatabase(server, { ownerRole, ...loginsByStage(staged), patience }, signal),
    lacks: ({ current }) =>
      server.look((client) => missingRights(client, { ownerRole, like: loginOf(current) })),
    generate: (current, context) =>
      generate(server, { current, secret, ownerRole, nonProduction }, context),
    async admit({ current, pending }, context) {
      const { user: login, password } = credentialsIn(pending.value)
      const admission = { ownerRole, login, password: Secret.of(password, secret) }
      const model = { like: loginOf(current), ...timeBetween(current, pending) }
      await server.admit({ ...admission, ...model }, current.value.map(parseDatabaseUrl), context)
    },
    async prove(candidate, reference, context) {
      await server.prove(candidate.value.map(parseDatabaseUrl), ownerRole, context)
      await requireEqual(server, ownerRole, [reference, candidate], context)
    },
    ...readingsOf(server),
    confirm: ({ current: to, previous }, context) =>
      leave(previous, { to, version: to, what: 'use only the new login' }, context),
    attestsItself: true,
    revoke: ({ previous }, context) => drop(previous, context),
    ...besideStore(server, { ownerRole, deadlineMs }),
    leave: ({ current, pending }, context) =>
      leave(pending, { to: current, what: 'use only the old login again' }, context),
    abort: ({ pending }, context) => drop(pending, context),
    sweep: (staged, context, left = []) => server.sweep({ left, known: knownIn(staged) }, context),
  }
}

/** Reads what the server shows of a login. */
function readingsOf(server: DatabaseServer): Pick<RotationKind, 'acceptedUntil' | 'countSessions'> {
  return {
    acceptedUntil: (version) => server.look((client) => endOfLogin(client, loginOf(version))),
    countSessions: (version) => server.countSessions(loginOf(version)),
  }
}

/** Finds, closes and attests the logins that the store does not name. */
function besideStore(
  server: DatabaseServer,
  owner: Pick<Lost, 'ownerRole' | 'deadlineMs'>,
): Pick<RotationKind, 'accountOf' | 'strangers' | 'closeStrangers' | 'closeLost'> {
  return {
    accountOf: loginOf,
    strangers: (staged) => server.strangers({ ...owner, known: knownIn(staged) }),
    closeStrangers: (found, context) => server.closeStrangers(found, owner, context),
    closeLost: (lost, staged, context) => attestLost(server, { lost, staged, ...owner }, context),
  }
}

function credentialsIn(value: Secret): DatabaseCredentials {
  return parseDatabaseUrl(value.expose())
}

function loginOf({ value }: SecretVersion): string {
  return credentialsIn(value).user
}

/** How a wait for replicas is described, the version that they go over to, and whether they may reject it. */
interface Leaving extends Pick<BarrierCondition, 'what' | 'version'> {
  readonly to: SecretVersion
}

/** Waits until every replica uses the other login alone, and the one that they leave has no session. */
function leaving(
  server: DatabaseServer,
  patience: Patience & Pick<DatabasePlanParts['patience'], 'service' | 'isReported'>,
) {
  return async (left: SecretVersion, { to, ...condition }: Leaving, context: StepContext) => {
    if (patience.isReported) {
      await awaitBarrier({ ...patience, ...condition, ...reaches('in-use', to) }, context)
    }
    await waitForNoSessions(server, { ...patience, login: loginOf(left) }, context)
  }
}

/** A login is as old as its version: the store records when it was made, and keeps that time when the version moves. */
function timeBetween({ createdAt: first }: SecretVersion, { createdAt: second }: SecretVersion) {
  return first && second ? { laterMs: second.getTime() - first.getTime() } : {}
}

/** A rotation that is rolled back returns to the login that is proven, whatever distinguishes it from the other. */
async function requireEqual(
  server: DatabaseServer,
  ownerRole: string,
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

const PASSWORD_BYTES = 32

/** Inputs of the next login. */
interface Generation extends Pick<DatabaseKindOptions, 'ownerRole' | 'nonProduction'> {
  readonly current: SecretVersion
  readonly secret: string
}

async function generate(
  server: DatabaseServer,
  of: Generation,
  context: StepContext,
): Promise<Secret> {
  // Before anything is made: the version could not be called revoked later. One that has leaked is replaced all the same.
  if (!context.compromised) await server.requireListed(context)
  const current = credentialsIn(of.current.value)
  const user = await server.nextLoginName(of.ownerRole, current.user)
  const mark = of.nonProduction ? NON_PRODUCTION_PREFIX : ''
  const password = mark + randomBytes(PASSWORD_BYTES).toString('base64url')
  return Secret.of(formatDatabaseUrl({ ...current, user, password }), of.secret)
}

/** Versions that left the store without a revocation receipt. */
interface Lost {
  readonly lost: readonly LostVersion[]
  readonly ownerRole: string
  readonly staged: StagedSecret
  readonly deadlineMs: number
}

/**
 * Attests each version whose login is closed. The journal of an older release does not know which login a version has: such a version
 * is refused for certain only if the owner role has no login but those that the store names.
 */
async function attestLost(
  server: DatabaseServer,
  { lost, ownerRole, staged, deadlineMs }: Lost,
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
