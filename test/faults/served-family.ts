import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { apiKeyFrom, apiKeyTo, createKeyring, withApiKey, apiKeyAuth } from '@rekey/api-key-auth'
import { defineService, loadService } from '@rekey/config-loader'
import { openRotatingPool, postgresLogin } from '@rekey/db-pool-rotator'
import type { SecretHealth } from '@rekey/secret/internal'
import { z } from 'zod'

/** Where the services have their secrets from: the variables of a process. */
export type FamilyVariables = Readonly<Record<string, string>>

/** How long a secret is fresh. Short, so that an outage shows. */
const TTL_MS = 2_000

const WORKERS = 2
const PAUSE_MS = 25

const frontend = defineService({
  name: 'frontend',
  settings: z.object({}),
  secrets: { signing: apiKeyTo('signing'), database: postgresLogin() },
})
const signing = defineService({
  name: 'signing',
  settings: z.object({}),
  secrets: { frontend: apiKeyFrom('frontend') },
})

/** What the load has done. */
interface Served {
  readonly calls: number
  readonly queries: number
  /** What went wrong, in words. */
  readonly failures: readonly string[]
}

/** Two services under load: one calls the other with its API key, and queries its database. */
export interface ServedFamily extends AsyncDisposable {
  health(): readonly SecretHealth[]
  served(): Served
}

/** Loads both services as they are in production, and starts the load. */
export async function openServedFamily(variables: FamilyVariables): Promise<ServedFamily> {
  const options = { env: variables, policy: { ttlMs: TTL_MS } }
  const [sender, receiver] = await Promise.all([
    loadService(frontend, options),
    loadService(signing, options),
  ])
  const server = createServer(
    apiKeyAuth({ keyring: createKeyring(receiver.secrets) })((_request, response) => {
      response.end('signed')
    }),
  )
  const url = await listen(server)
  const call = withApiKey(sender.secrets.signing, { origins: [url] })(fetch)
  const pool = await openRotatingPool({ credentials: sender.secrets.database, max: WORKERS })
  const load = new Load({
    calls: async () => {
      const { status } = await call(url)
      if (status !== 200) throw new Error(`a call was answered with ${status}`)
    },
    queries: () => pool.query('select current_user'),
  })
  return {
    health: () => [sender, receiver].flatMap((service) => service.health().secrets),
    served: () => load.served(),
    async [Symbol.asyncDispose]() {
      await load.stop()
      await pool.end()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await Promise.all([sender.close(), receiver.close()])
    },
  }
}

type Kind = 'calls' | 'queries'

/** A few workers of each kind that go on until they are stopped. */
class Load {
  readonly #done = { calls: 0, queries: 0 }
  readonly #failures: string[] = []
  readonly #workers: Promise<void>[]
  #isStopped = false

  constructor(work: Readonly<Record<Kind, () => Promise<unknown>>>) {
    this.#workers = (['calls', 'queries'] as const).flatMap((kind) =>
      Array.from({ length: WORKERS }, () => this.#go(kind, work[kind])),
    )
  }

  served(): Served {
    return { ...this.#done, failures: [...this.#failures] }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#workers)
  }

  async #go(kind: Kind, work: () => Promise<unknown>): Promise<void> {
    while (!this.#isStopped) {
      try {
        await work()
        this.#done[kind] += 1
      } catch (error) {
        this.#failures.push(`${kind}: ${(error as Error).message}`)
      }
      await delay(PAUSE_MS)
    }
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
