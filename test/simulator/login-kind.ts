import { randomBytes } from 'node:crypto'
import {
  type DatabaseCredentials,
  formatDatabaseUrl,
  openRotatingPool,
  postgresLogin,
  parseDatabaseUrl,
} from '@rekey/db-pool-rotator'
import { proveLogin } from '@rekey/db-pool-rotator/internal'
import { databaseKind } from '@rekey/db-pool-rotator/internal/rotate'
import { NON_PRODUCTION_PREFIX, Secret, type SecretVersion } from '@rekey/secret'
import type { RotationKind, StepContext } from '@rekey/secret/kind'
import { CallCount } from './call-count.ts'
import { holding, type KindWorld, WAITS } from './kind-world.ts'
import { LoginServer } from './login-server.ts'
import type { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

const OWNER = 'alpha_owner'

/**
 * The database login of alpha: each replica queries on a real rotating pool, whose connections lead to a model of the server. Of the
 * rotation the waits for replicas and for sessions are the real ones; roles are changed in the model, which has no rights to compare.
 */
export function loginWorld(parts: WorldParts): KindWorld {
  const calls = new CallCount(parts, 'database login')
  const first = credentials(0)
  const server = new LoginServer({ ownerRole: OWNER, first: first.user }, parts, calls)
  const prove = (
    process: VirtualProcess,
    value: Secret<DatabaseCredentials>,
    signal: AbortSignal,
  ) => proveLogin(value, OWNER, { signal, client: { stream: server.connectionsOf(process) } })
  const spec = (process: VirtualProcess) => ({
    ...postgresLogin({ ownerRole: OWNER }),
    // As the spec itself does, over the connections of the model.
    async probe({ value }: SecretVersion<DatabaseCredentials>, context: { signal: AbortSignal }) {
      await prove(process, value, context.signal)
    },
  })
  return {
    title: 'database login',
    secret: postgresLogin().nameFor('alpha'),
    firstValue: formatDatabaseUrl(first),
    calls,
    parts: {
      alpha: holding(spec, async (process, live) => {
        const stream = server.connectionsOf(process)
        const { clock } = process
        const options = { credentials: live, ownerRole: OWNER, max: 2, clock, stream }
        const pool = await openRotatingPool(options)
        return {
          call: () => calls.count(process.name, () => pool.query('select 1')),
          replicaGoes: () => pool.end(),
        }
      }),
    },
    rotates(process, { fleet }) {
      const admin = server.adminOf(process)
      const given = { fleet, service: 'alpha', ownerRole: OWNER, admin, nonProduction: true }
      return {
        ...databaseKind.rotation({ ...WAITS, ...given }),
        ...changing(server, process),
        prove: async ({ value }, _reference, { signal }) => {
          await prove(process, value.map(parseDatabaseUrl), signal)
        },
      }
    },
  }
}

/** The steps that change roles. */
function changing(
  server: LoginServer,
  process: VirtualProcess,
): Pick<RotationKind, 'generate' | 'admit' | 'revoke' | 'abort'> {
  const drop = async (left: SecretVersion, context: StepContext) => {
    await server.drop(process, loginOf(left))
    await context.attest({ version: left.version, evidence: 'the role does not exist' })
  }
  return {
    generate(current) {
      const next = credentials(Number(loginOf(current).split('_').at(-1)) + 1)
      return Promise.resolve(Secret.of(formatDatabaseUrl(next), current.name))
    },
    admit: ({ pending }) => server.create(process, loginOf(pending)),
    revoke: ({ previous }, context) => drop(previous, context),
    abort: ({ pending }, context) => drop(pending, context),
  }
}

function loginOf({ value }: SecretVersion): string {
  return parseDatabaseUrl(value.expose()).user
}

function credentials(generation: number): DatabaseCredentials {
  const password = NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
  const address = { host: 'localhost', port: 5432, database: 'alpha' }
  return { user: `alpha_${generation}`, password, ...address }
}
