import { Secret, type SecretVersion, storeName } from '@rekey/secret'
import {
  type AdminSqlPool,
  describeVersion,
  longestStep,
  patienceOf,
  randomValue,
  type RevokedVersion,
  type RotationParts,
  type WaitOptions,
} from '@rekey/secret/internal/kind'
import {
  type DeclaredSecret,
  defineKind,
  type Plan,
  type RotationKind,
  type StepContext,
} from '@rekey/secret/kind'
import pg from 'pg'
import {
  type DatabaseCredentials,
  formatDatabaseUrl,
  parseDatabaseUrl,
} from '../spec/database-url.ts'
import { query } from '../roles/admin-query.ts'
import { decideIterations, readIterations } from '../roles/scram-iterations.ts'
import { createScramVerifier } from '../roles/scram-verifier.ts'
import { DatabaseServer } from './database-server.ts'
import { rotatorLoginRunbook } from '../runbook/rotator-login-runbook.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The login of the rotator at one server. */
export interface RotatorLoginOptions extends WaitOptions {
  /** Its name in the store. */
  readonly name: string
  /** Connections with this login, which follow its password: see `LivePassword` of `@rekey/db-pool-rotator`. */
  readonly admin: AdminSqlPool
  /** Whether new passwords bear the mark of development. */
  readonly nonProduction: boolean
  /** Whether the journal is on the same server: then the password is changed only in a transaction that holds the claim. */
  readonly journalOnServer?: boolean
}

/**
 * The rotator's own login at a server: a new password of the same role, which the role sets by itself. What it owns, the roles that it made, its
 * attributes and the rights to give on stay where they are, and no superuser is needed.
 */
export const rotatorLoginKind = defineKind({
  kind: 'rotator-login',
  parties: ['server'],
  spec: {},
  storeName: (server) => storeName('rotator-login', [server]),
  schedule: { rotateAfterMs: 30 * DAY_MS, maxAgeMs: 90 * DAY_MS, staggerMs: 15 * MINUTE_MS },
  rotation: createRotation,
  runbook: rotatorLoginRunbook,
  rotationOf(
    { name, entry: { server } }: DeclaredSecret<{ readonly server: string }>,
    parts: RotationParts,
  ) {
    const [admin, journalOnServer] = [parts.sqlPool(server), parts.journal === server]
    return createRotation({ ...parts, name, admin, journalOnServer })
  },
})

function createRotation(options: RotatorLoginOptions): RotationKind {
  const { name, nonProduction } = options
  const { deadlineMs } = patienceOf(options, name)
  const server = new DatabaseServer({ ...options, deadlineMs })
  return {
    kind: 'rotator-login',
    name,
    isReported: false,
    attestsItself: true,
    longestStepMs: longestStep(deadlineMs),
    plan: ({ current }) => planPassword(server, loginOf(current).user),
    generate({ value }) {
      const password = randomValue(name, { nonProduction }).expose()
      const next = { ...parseDatabaseUrl(value.expose()), password }
      return Promise.resolve(Secret.of(formatDatabaseUrl(next), name))
    },
    admit: ({ pending }, context) => setPassword(server, pending, context),
    // One that is to be current again is set by `abort`, and proven there.
    prove: (candidate, _, context) =>
      candidate.stage === 'previous' ? Promise.resolve() : prove(server, candidate, context),
    confirm: () => Promise.resolve(),
    async revoke({ current, previous }, context) {
      await leaveAlone(server, { kept: current, left: previous }, context)
      await attest(describeVersion(previous), context)
    },
    async abort({ current, pending }, context) {
      await leaveAlone(server, { kept: current, left: pending }, context)
      await prove(server, current, context)
    },
    countSessions: (version) => server.countSessions(loginOf(version).user),
    async closeLost(lost, { current }, context) {
      await prove(server, current, context)
      for (const { version, id } of lost) {
        await attest({ version, ...(id !== undefined && { id }) }, context)
      }
      return []
    },
  }
}

function loginOf({ value }: SecretVersion): DatabaseCredentials {
  return parseDatabaseUrl(value.expose())
}

function prove(
  server: DatabaseServer,
  { value }: SecretVersion,
  context: StepContext,
): Promise<void> {
  return server.prove(value.map(parseDatabaseUrl), undefined, context)
}

/** Sets the password of a version, which the sessions of the login may do themselves. */
async function setPassword(
  server: DatabaseServer,
  { value }: SecretVersion,
  context: StepContext,
): Promise<void> {
  const ofOld = await readIterations(value.map(parseDatabaseUrl))
  const { user, password } = parseDatabaseUrl(value.expose())
  await server.change(context, async (client) => {
    const iterations = await decideIterations(client, ofOld)
    const verifier = await createScramVerifier(Secret.of(password, value.label), iterations)
    const set = `alter role ${pg.escapeIdentifier(user)} password ${pg.escapeLiteral(verifier)}`
    await query(client, set, [], { role: user })
  })
}

/** Makes one version the only one that lets in, and ends what came in before. */
async function leaveAlone(
  server: DatabaseServer,
  { kept, left }: { readonly kept: SecretVersion; readonly left: SecretVersion },
  context: StepContext,
): Promise<void> {
  await setPassword(server, kept, context)
  await server.endEarlier(loginOf(kept).user, context)
  // A session that is ended by now may have set another one.
  if (context.compromised) await setPassword(server, kept, context)
  await server.requireRefused(left.value.map(parseDatabaseUrl), context)
}

function attest(version: RevokedVersion, context: StepContext): Promise<void> {
  const evidence = 'the role has another password, and no session from before'
  return context.attest({ ...version, evidence })
}

async function planPassword(server: DatabaseServer, user: string): Promise<Plan> {
  const { length } = await server.sessions(user)
  return {
    generate: 'a password of 32 random bytes',
    stage: 'the store keeps it as pending',
    admit: `${user} sets it: from then on its old password is refused`,
    prove: `log in as ${user} at every server`,
    promote: 'it becomes current; rotators that are refused read it from the store',
    confirm: 'nothing is waited for',
    revoke: `end the sessions from before (${user} has ${length}), but those of this process; the old password is refused`,
  }
}
