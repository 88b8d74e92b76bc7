import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  apiKeyFrom,
  apiKeyTo,
  createKeyring,
  issueApiKey,
  withApiKey,
  apiKeyAuth,
} from '@rekey/api-key-auth'
import { apiKeyKind } from '@rekey/api-key-auth/internal/rotate'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { createFleet, createMemoryJournal, rotate } from '@rekey/rekey/engine'
import { createReportFetch } from '@rekey/rekey/internal/engine'
import { DisposalStack, type SecretSource, type SecretStore, systemClock } from '@rekey/secret'
import type { Replica } from '@rekey/secret/internal/kind'
import { createMemoryStore } from '@rekey/config-loader/store'
import { z } from 'zod'
import { type CellTable, effort } from './bench-table.ts'

const RECEIVERS = effort(100, 5)
/** Of which one is dead. */
const RECEIVERS_OF_DEAD = effort(50, 5)
const SENDERS = 5
const EMERGENCIES = effort(20, 1)
const LOOK_MS = 30_000
const NAME = 'API_KEY_ALPHA_BETA'
const env = { REKEY_ENVIRONMENT: 'test' }
const settings = z.object({})

const notified = (store: SecretStore): SecretSource => store

/** How replicas learn of a change of the store, how many receivers there are, and how one of them is dead. */
interface Way {
  readonly sourceOf: (store: SecretStore) => SecretSource
  readonly receivers: number
  readonly dead?: 'closed' | 'silent'
}

const WAYS: Readonly<Record<string, Way>> = {
  'the store notifies replicas': { sourceOf: notified, receivers: RECEIVERS },
  'replicas look each 30 s': {
    sourceOf: (store) => ({ locator: store.locator, read: (name) => store.read(name) }),
    receivers: RECEIVERS,
  },
  [`one of ${RECEIVERS_OF_DEAD} is gone`]: {
    ...{ sourceOf: notified, receivers: RECEIVERS_OF_DEAD, dead: 'closed' },
  },
  [`one of ${RECEIVERS_OF_DEAD} gives no answer`]: {
    ...{ sourceOf: notified, receivers: RECEIVERS_OF_DEAD, dead: 'silent' },
  },
}

/**
 * An API key that has leaked: from the command until each of its receivers refuses it, while senders call them over real HTTP. All
 * replicas are in this process, and share its cores with the rotation.
 */
export async function benchEmergency(): Promise<CellTable> {
  const rows: CellTable['rows'][number][] = []
  for (const [name, way] of Object.entries(WAYS)) rows.push(await measure(name, way))
  return {
    title: `A leaked API key at ${RECEIVERS} receivers, or ${RECEIVERS_OF_DEAD} of which one is dead, ${EMERGENCIES} times`,
    columns: ['refused everywhere, p50', 'p95', 'last', 'command, p50', 'p95', 'calls', 'refused'],
    rows,
    aim: 'p95 at most 5,000 ms, no call of a sender refused',
    note: 'a call counts as refused when it is after all retries',
  }
}

async function measure(name: string, { sourceOf, receivers: count, dead }: Way) {
  await using own = new DisposalStack()
  const store = createMemoryStore({ [NAME]: newKey() })
  const source = sourceOf(store)
  const receivers = await Promise.all(
    Array.from({ length: count - (dead === undefined ? 0 : 1) }, () => openReceiver(source, own)),
  )
  const senders = await Promise.all(
    Array.from({ length: SENDERS }, () => openSender(source, receivers, own)),
  )
  const calls = startCalls(senders)
  const reports = own.use(createReportFetch(), 'reports')
  const replicas = [...receivers, ...senders].map(({ replica }) => replica)
  if (dead !== undefined) replicas.push(await openDead(dead, own))
  const kind = apiKeyKind.rotation({
    ...{ sender: 'alpha', receiver: 'beta', environment: 'test', validationMs: 0 },
    fleet: createFleet(replicas, { fetch: reports.fetch }),
  })
  const journal = createMemoryJournal()
  const [refusedMs, commandMs]: [number[], number[]] = [[], []]
  for (let round = 0; round < EMERGENCIES; round += 1) {
    const leaked = (await store.read(NAME)).current.value.expose()
    const start = performance.now()
    const refused = untilRefused(receivers, leaked).then(() => performance.now() - start)
    await rotate(kind, { store, journal, compromised: true })
    commandMs.push(performance.now() - start)
    refusedMs.push(await refused)
  }
  const { all, failed } = await calls.stop()
  const times = [
    ...[at(refusedMs, 0.5), at(refusedMs, 0.95), at(refusedMs, 1)],
    ...[at(commandMs, 0.5), at(commandMs, 0.95)],
  ]
  const cells = [...times.map((ms) => `${ms.toFixed(0)} ms`), String(all), String(failed)]
  return { name, cells }
}

function newKey(): string {
  return issueApiKey({ environment: 'test' }).text.expose()
}

function at(times: readonly number[], share: number): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * share) - 1] ?? NaN
}

type Receiver = Awaited<ReturnType<typeof openReceiver>>

async function openReceiver(source: SecretSource, own: DisposalStack) {
  const secrets = { alpha: apiKeyFrom('alpha') }
  const definition = defineService({ name: 'beta', settings, secrets })
  const service = own.use(await loadService(definition, optionsAt(source)), 'a receiver')
  const keyring = createKeyring(service.secrets)
  const server = createServer(apiKeyAuth({ keyring })((_, response) => void response.end()))
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  own.defer(() => {
    server.close()
    server.closeAllConnections()
  }, 'the server of a receiver')
  const health = own.use(await openHealthListener(service, { port: 0 }), 'its health')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const replica: Replica = {
    ...{ service: 'beta', url },
    healthUrl: `http://127.0.0.1:${health.port}`,
  }
  return { replica, accepts: (key: string) => keyring.verify(key).ok }
}

async function openSender(
  source: SecretSource,
  receivers: readonly Receiver[],
  own: DisposalStack,
) {
  const secrets = { beta: apiKeyTo('beta') }
  const definition = defineService({ name: 'alpha', settings, secrets })
  const service = own.use(await loadService(definition, optionsAt(source)), 'a sender')
  const health = own.use(await openHealthListener(service, { port: 0 }), 'its health')
  const origins = receivers.map(({ replica }) => replica.url)
  const send = withApiKey(service.secrets.beta, { origins })(fetch)
  const replica: Replica = {
    ...{ service: 'alpha', url: 'http://127.0.0.1:9' },
    healthUrl: `http://127.0.0.1:${health.port}`,
  }
  const call = async (n: number) => {
    const { status, body } = await send(origins[n % origins.length] ?? '')
    await body?.cancel()
    return status === 200
  }
  return { replica, call }
}

function optionsAt(source: SecretSource) {
  return { env, source, policy: { ttlMs: LOOK_MS } }
}

/** A replica whose listener has gone, or takes a request and gives no answer. */
async function openDead(how: 'closed' | 'silent', own: DisposalStack): Promise<Replica> {
  const server = createServer(() => undefined)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  if (how === 'closed') close()
  else own.defer(close, 'a replica that gives no answer')
  return { service: 'beta', url, healthUrl: url }
}

async function untilRefused(receivers: readonly Receiver[], key: string): Promise<void> {
  while (receivers.some(({ accepts }) => accepts(key))) await systemClock.sleep(5)
}

/** Has each sender call one receiver after the other, without a pause. */
function startCalls(senders: readonly { readonly call: (n: number) => Promise<boolean> }[]) {
  const counts = { all: 0, failed: 0 }
  const state = { stopped: false }
  const running = senders.map(async ({ call }) => {
    for (let n = 0; !state.stopped; n += 1) {
      counts.all += 1
      if (!(await call(n))) counts.failed += 1
      await systemClock.sleep(5)
    }
  })
  return {
    async stop() {
      state.stopped = true
      await Promise.all(running)
      return counts
    },
  }
}
