import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Secret } from '@rekey/secret'
import type { Replica } from '@rekey/secret/internal/kind'
import type { ReportTls } from '@rekey/rekey/internal/engine'
import { runCompiled } from '@rekey/testbed'
import { issue, issueServer, keyPem } from '@rekey/testbed/certificates'

/** The secret that the replicas report, as a family names an integration of `app`. */
export const SIMULATED_SECRET = 'INTEGRATION_APP_SIMULATED'

/** The live versions of a store, and how long it takes until every replica has them. */
export interface FleetOrder {
  readonly versions: readonly { readonly stage: string; readonly version: string }[]
  readonly spreadMs: number
  readonly count: number
}

/** The identity of all replicas, and the root of the client certificates that they require. */
export interface FleetTls {
  readonly key: string
  readonly cert: string
  readonly ca: string
}

/** The traffic that the replicas counted since their start. */
export interface FleetCounts {
  readonly port: number
  /** Reports that were given. */
  readonly reports: number
  /** Connections that were accepted. */
  readonly connections: number
}

/** Replicas of the service `app` that report {@link SIMULATED_SECRET}, over real HTTP or mutual TLS, in one process of their own. */
export interface SimulatedFleet extends AsyncDisposable {
  readonly replicas: readonly Replica[]
  /** The health URLs of those that are dead. */
  readonly dead: readonly string[]
  /** How reports are read over mutual TLS. */
  readonly tls: ReportTls
  /** Signs the requests for reports. */
  readonly key: Secret
  /** Has all of them take versions over, each at a moment of its own in the next `spreadMs`. */
  takeOver(versions: FleetOrder['versions'], spreadMs: number): Promise<void>
  counts(): Promise<FleetCounts>
}

const MAIN = fileURLToPath(new URL('simulated-replicas.ts', import.meta.url))

/**
 * Opens replicas at 127.0.1.0 and the addresses after it, of which the whole block is loopback on Linux. Each twentieth is dead: half of
 * them close each connection, the others accept it and give no answer.
 */
export async function openSimulatedFleet(
  count: number,
  protocol: 'http' | 'https' = 'http',
): Promise<SimulatedFleet> {
  const [program = '', ...args] = runCompiled(MAIN)
  const child = fork(program, args)
  const key = Secret.of(randomBytes(32).toString('base64url'), 'REKEY_HEALTH_KEY')
  const send = async (message: object): Promise<FleetCounts> => {
    const answer = once(child, 'message')
    child.send(message)
    const [counts] = (await answer) as [FleetCounts]
    return counts
  }
  await once(child, 'message')
  const { served, called } = issueFleetTls()
  const { port } = await send({ key: key.expose(), ...(protocol === 'https' && { tls: served }) })
  const replicas = Array.from({ length: count }, (_, index): Replica => {
    const url = `${protocol}://127.0.${1 + (index >> 8)}.${index & 255}:${port}`
    return { service: 'app', url, healthUrl: url }
  })
  return {
    ...{ replicas, key, tls: called },
    dead: replicas.filter((_, index) => index % 20 === 0).map(({ healthUrl }) => healthUrl),
    takeOver: async (versions, spreadMs) => {
      await send({ order: { versions, spreadMs, count } })
    },
    counts: () => send({}),
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.disconnect()
      await ended
    },
  }
}

function issueFleetTls(): { served: FleetTls; called: ReportTls } {
  const root = issue({ commonName: 'Root', ca: true })
  const served = { ...issueServer(root, { dnsNames: ['app'] }), ca: root.pem }
  const client = issue({ issuer: root, purpose: 'both', dnsNames: ['rotator'] })
  const identity = { chain: client.pem, key: Secret.of(keyPem(client.key), 'key of the rotator') }
  return { served, called: { trust: root.pem, name: 'app', identity } }
}
