import { randomBytes } from 'node:crypto'
import {
  type DatabaseCredentials,
  formatDatabaseUrl,
  parseDatabaseUrl,
  proveLogin,
} from '@rekey/db-pool-rotator'
import {
  admitLogin,
  compareLogins,
  inTransaction,
  nextLoginName,
  revokeLogin,
} from '@rekey/db-pool-rotator/roles'
import { NON_PRODUCTION_PREFIX, Secret, SecretError, type SecretVersion } from '@rekey/secret'
import type pg from 'pg'
import { type Acknowledgement, type Fleet, versionIn, waitForFleet } from '../fleet.ts'
import type { RotationKind, StepContext } from '../rotation-kind.ts'
import { waitForNoSessions } from './no-sessions.ts'
import { withClient } from './with-client.ts'

/** The database login of one service. */
export interface DatabaseKindOptions {
  readonly service: string
  /** The NOLOGIN role that holds the rights; every login acts as it. */
  readonly ownerRole: string
  /** The rotator's own connections, to the database of the service. */
  readonly admin: pg.Pool
  readonly fleet: Fleet
  /** Whether new passwords bear the mark of development. */
  readonly nonProduction: boolean
  /** How long to wait for pools and sessions; then the rotation stops, before anything is revoked. Default 60,000. */
  readonly deadlineMs?: number
  /** Default 100. */
  readonly pollMs?: number
  /** How replicas are asked. Default: the global one. */
  readonly fetch?: typeof fetch
}

/**
 * Database logins: a new LOGIN role in the owner role, proven by a real login and equal rights; pools swap; no session of the
 * old role is left; the old role is dropped.
 */
export function databaseKind(options: DatabaseKindOptions): RotationKind {
  const { service, ownerRole, admin, fleet, nonProduction } = options
  const { deadlineMs = 60_000, pollMs = 100, fetch = globalThis.fetch } = options
  const secret = `DATABASE_${service.toUpperCase()}`
  const asAdmin = <T>(work: (client: pg.ClientBase) => Promise<T>) => withClient(admin, work)
  const drop = ({ value }: SecretVersion, { signal }: StepContext) => {
    const login = credentialsIn(value).user
    return asAdmin(async (client) => {
      await revokeLogin(client, { login, deadlineMs, signal })
    })
  }

  return {
    kind: 'database',
    name: secret,
    plan: () =>
      Promise.resolve({
        ...{ generate: '', stage: '', admit: '', prove: '', promote: '', confirm: '', revoke: '' },
      }),
    generate: ({ value }) =>
      Promise.resolve(nextLogin(credentialsIn(value), { secret, ownerRole, nonProduction })),
    async admit({ current, pending }) {
      const { user, password } = credentialsIn(pending.value)
      const like = credentialsIn(current.value).user
      const login = { ownerRole, login: user, password: Secret.of(password, secret), like }
      await asAdmin((client) => inTransaction(client, () => admitLogin(client, login)))
    },
    async prove(candidate, reference, { signal }) {
      await proveLogin(candidate.value.map(parseDatabaseUrl), ownerRole, { signal })
      await asAdmin((client) => requireEqualRights(client, candidate, reference))
    },
    async confirm({ current, previous }, context) {
      const met = (said: Acknowledgement) => holdsOnly(said, current)
      const what = 'uses only the new login'
      await waitForFleet({ fleet, fetch, service, secret, deadlineMs, pollMs, what, met }, context)
      const login = credentialsIn(previous.value).user
      await waitForNoSessions(admin, { login, deadlineMs, pollMs }, context)
    },
    revoke: ({ previous }, context) => drop(previous, context),
    undo: ({ pending }, context) => drop(pending, context),
  }
}

function credentialsIn(value: Secret): DatabaseCredentials {
  return parseDatabaseUrl(value.expose())
}

const PASSWORD_BYTES = 32

function nextLogin(
  current: DatabaseCredentials,
  to: { secret: string; ownerRole: string; nonProduction: boolean },
): Secret {
  const mark = to.nonProduction ? NON_PRODUCTION_PREFIX : ''
  const next = {
    ...current,
    user: nextLoginName(to.ownerRole, current.user),
    password: mark + randomBytes(PASSWORD_BYTES).toString('base64url'),
  }
  return Secret.of(formatDatabaseUrl(next), to.secret)
}

async function requireEqualRights(
  client: pg.ClientBase,
  candidate: SecretVersion,
  reference: SecretVersion,
) {
  const [before, after] = [reference, candidate].map(({ value }) => credentialsIn(value).user)
  const differences = await compareLogins(client, before ?? '', after ?? '')
  if (differences.length === 0) return
  const named = differences.map(({ kind, name }) => `${kind} ${name}`).join(', ')
  throw new SecretError('refused', `the new login has not the same rights: ${named}`)
}

function holdsOnly(said: Acknowledgement, { version }: SecretVersion): boolean {
  const held = Object.values(said.usage.holding).flat()
  const switched = versionIn(said, 'current')?.version === version
  return switched && held.length > 0 && held.every((one) => one === version)
}
