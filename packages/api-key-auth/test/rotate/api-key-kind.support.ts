import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { createFleet, createMemoryJournal } from '@rekey/rekey/engine'
import type { RotationEvent } from '@rekey/rekey/internal/engine'
import {
  type Clock,
  SecretError,
  type SecretSource,
  type SecretSpec,
  type SecretVersion,
  type StagedSecret,
  systemClock,
} from '@rekey/secret'
import type { HealthReport } from '@rekey/secret/internal'
import { createMemoryStore } from '@rekey/config-loader/store'
import type { Replica } from '@rekey/secret/internal/kind'
import { onTestFinished } from 'vitest'
import { z } from 'zod'
import {
  apiKeyFrom,
  apiKeyTo,
  createKeyring,
  issueApiKey,
  withApiKey,
  apiKeyAuth,
} from '../../src/index.ts'
import { apiKeyKind, type ApiKeyKindOptions } from '../../src/rotate/index.ts'

export const NAME = 'API_KEY_ALPHA_BETA'
const env = { REKEY_ENVIRONMENT: 'test' }
const settings = z.object({})

/** A store with one key, and what a rotation takes; every event is kept. */
export function setUp() {
  const store = createMemoryStore({ [NAME]: newKey() })
  const events: RotationEvent[] = []
  const onEvent = (event: RotationEvent): void | Promise<void> => void events.push(event)
  const options = { store, journal: createMemoryJournal(), onEvent }
  const waits = (step: string) =>
    events.filter((event) => event.step === step).flatMap(({ message }) => message ?? [])
  return { store, options, events, waits }
}

export function newKey(): string {
  return issueApiKey({ environment: 'test' }).text.expose()
}

/** Alpha's key at beta, with short times. */
export function kind(
  replicas: Parameters<typeof createFleet>[0],
  times: Partial<ApiKeyKindOptions> = {},
) {
  const pair = { sender: 'alpha', receiver: 'beta', environment: 'test' } as const
  return apiKeyKind.rotation({
    ...pair,
    ...{ fleet: createFleet(replicas), validationMs: 100, deadlineMs: 5_000, pollMs: 20 },
    ...times,
  })
}

/** What a process sees of a store, which may be as it was once. Looked at every 20 ms. */
export function createView(store: SecretSource) {
  let frozen: StagedSecret | undefined
  return {
    pollMs: 20,
    source: {
      locator: store.locator,
      read: async (name: string, signal?: AbortSignal) =>
        frozen ?? (await store.read(name, signal)),
    },
    show(staged: StagedSecret | undefined) {
      frozen = staged
    },
  }
}

/** Where a process gets its secrets, its time, and its ports. */
interface ReceiverOptions {
  readonly source: SecretSource
  readonly pollMs?: number
  readonly clock?: Clock
  readonly ports?: readonly [number, number]
  readonly spec?: ReturnType<typeof apiKeyFrom>
}

/** A replica of beta: a real server that accepts alpha's keys, and its health listener. */
export async function openReceiver(options: ReceiverOptions) {
  const { source, clock = systemClock, ports = [0, 0], pollMs = 30_000 } = options
  const { spec: alpha = apiKeyFrom('alpha') } = options
  const definition = defineService({ name: 'beta', settings, secrets: { alpha } })
  const service = await loadService(definition, { env, source, clock, policy: { ttlMs: pollMs } })
  const keyring = createKeyring(service.secrets, { clock })
  const server = createServer(
    apiKeyAuth({ keyring })((_request, response) => void response.end('{}')),
  )
  await new Promise<void>((resolve) => void server.listen(ports[0], '127.0.0.1', resolve))
  const health = await openHealthListener(service, { port: ports[1] })
  const close = async () => {
    server.close()
    server.closeAllConnections()
    await health.close()
    await service.close()
  }
  onTestFinished(close)
  const { port } = server.address() as AddressInfo
  const at = (served: number) => `http://127.0.0.1:${served}`
  const replica = { service: 'beta', url: at(port), healthUrl: at(health.port) }
  return { ...replica, close, ports: [port, health.port] as const }
}

/** Alpha, whose only work is to call beta. */
export async function openSender(
  source: SecretSource,
  receivers: readonly Replica[],
  beta = apiKeyTo('beta'),
) {
  const definition = defineService({ name: 'alpha', settings, secrets: { beta } })
  const service = await loadService(definition, { env, source })
  const health = await openHealthListener(service, { port: 0 })
  onTestFinished(async () => {
    await health.close()
    await service.close()
  })
  const origins = receivers.map(({ url }) => url)
  const send = withApiKey(service.secrets.beta, { origins })(fetch)
  const replica = { service: 'alpha', url: '', healthUrl: `http://127.0.0.1:${health.port}` }
  const callOne = (url: string) => statusOf(send(url))
  /** Calls each receiver. */
  const call = async () => {
    const statuses = []
    for (const url of origins) statuses.push(await callOne(url))
    return statuses
  }
  /** Calls as code does that has kept a key. */
  const callWith = async (kept: SecretVersion) => {
    service.secrets.beta.usage.record(kept.version)
    return Promise.all(receivers.map(({ url }) => showKey(url, kept.value.expose())))
  }
  return { replica, call, callOne, callWith }
}

/** A spec whose rule refuses every key but one, as that of an older release may. */
export function acceptingOnly<T>(key: string, spec: SecretSpec<T>): SecretSpec<T> {
  return {
    ...spec,
    parse(text) {
      if (text === key) return spec.parse(text)
      throw new SecretError('malformed', 'this release does not know the format', { release: 1 })
    },
  }
}

/** One call with a key. */
export function showKey(url: string, key: string): Promise<number> {
  return statusOf(fetch(url, { headers: { authorization: `Bearer ${key}` } }))
}

async function statusOf(response: Promise<Response>): Promise<number> {
  const { status, body } = await response
  await body?.cancel()
  return status
}

/** Does something again and again until it is stopped, which gives everything that came of it; a call that fails gives nothing. */
export function repeat<T>(work: () => Promise<T>) {
  const done = new AbortController()
  onTestFinished(() => {
    done.abort()
  })
  const results: T[] = []
  const running = (async () => {
    while (!done.signal.aborted) {
      await Promise.all([
        work().then(
          (result) => void results.push(result),
          () => undefined,
        ),
        systemClock.sleep(5),
      ])
    }
  })()
  return async () => {
    done.abort()
    await running
    return results
  }
}

/** What a replica counted of a version. */
export async function countsAt({ healthUrl }: Replica, version: string) {
  const response = await fetch(new URL('/health/secrets', healthUrl))
  const report = (await response.json()) as HealthReport
  return report.secrets[0]?.usage.versions.find((use) => use.version === version)
}
