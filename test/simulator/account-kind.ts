import { randomBytes } from 'node:crypto'
import { type LiveSecret, NON_PRODUCTION_PREFIX, type SecretSpec } from '@rekey/secret'
import { AccountServer, type ServerTraits } from './account-server.ts'
import { actAs } from './acting.ts'
import { CallCount } from './call-count.ts'
import { type DeclaredKind, rotationBy } from './declared-rotation.ts'
import { holding, type KindWorld } from './kind-world.ts'
import type { Host, Network } from './network.ts'
import { VirtualProcess } from './virtual-process.ts'
import type { WorldParts } from './world-parts.ts'

/** A kind of login at a server of accounts, and all by which it is another one than the rest. */
export interface Dialect<Driver extends object> extends ServerTraits {
  readonly title: string
  readonly kind: DeclaredKind
  /** The entry of its secret in a family. */
  readonly entry: object
  readonly spec: () => SecretSpec<string>
  /** The names of the service's first account and of the administrator's. Default: `shop` and `admin`. */
  readonly users?: readonly [service: string, administrator: string]
  /** Default: 32 random bytes with the mark of development. */
  readonly newPassword?: () => string
  /** The secret that has a login. */
  readonly valueOf: (user: string, password: string) => string
  /** The secret of the administrator. Default: its password. */
  readonly administratorOf?: (user: string, password: string) => string
  readonly keep: (password: string) => string
  /** Of each account at the beginning. */
  readonly rights?: unknown
  /** The client library, which is one for the rotation and for the service. */
  readonly driver: (server: AccountServer) => Driver
  /** What answers at `https://<name>`. Default: nothing. */
  readonly answer?: (server: AccountServer, request: Request) => Promise<Response>
  /** What a replica does with the secret. */
  readonly follow: (live: LiveSecret, driver: Driver) => Promise<Following>
}

/** A client of one replica. */
interface Following {
  readonly call: () => Promise<unknown>
  readonly close: () => unknown
}

/** The secret in which rotators have the login of the administrator. */
export const ADMINISTRATOR = { user: 'admin', passwordName: 'ADMINISTRATOR' }
export const USER = 'shop'

/** A login of alpha at a server of accounts, with the real kind and the real follower over a model of the client library. */
export function accountWorld<Driver extends object>(
  dialect: Dialect<Driver>,
  parts: WorldParts,
  network: Network,
): KindWorld {
  const { title, name, kind, spec, entry, keep, rights, valueOf } = dialect
  const { newPassword = markedPassword, answer } = dialect
  const { users: [user, administrator] = [USER, ADMINISTRATOR.user] as const } = dialect
  const { administratorOf = passwordAlone } = dialect
  const calls = new CallCount(parts, title)
  const server = new AccountServer(dialect, parts, calls)
  const [first, own] = [newPassword(), newPassword()]
  server.accounts.set(user, { kept: [keep(first)], rights })
  server.accounts.set(administrator, { kept: [keep(own)], rights })
  if (answer !== undefined) {
    const process = new VirtualProcess(name, parts.time)
    const host: Host = { process, handle: (request) => answer(server, request) }
    network.connect(`https://${name}`, host)
  }
  const driver = dialect.driver(server)
  const secret = spec().nameFor('alpha')
  return {
    title,
    secret,
    firstValue: valueOf(user, first),
    ownSecrets: { [ADMINISTRATOR.passwordName]: administratorOf(administrator, own) },
    calls,
    parts: {
      alpha: holding(spec, async (process, live) => {
        const as = { process, driver }
        const client = await actAs(as, () => dialect.follow(live, driver))
        return {
          call: () => calls.count(process.name, () => actAs(as, client.call)),
          async replicaGoes() {
            await actAs(as, client.close)
          },
        }
      }),
    },
    rotates(process, given) {
      const declared = { name: secret, parties: ['alpha'], entry }
      return rotationBy({ process, driver }, kind, declared, { ...given, network })
    },
  }
}

function passwordAlone(_user: string, password: string): string {
  return password
}

function markedPassword(): string {
  return NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
}
