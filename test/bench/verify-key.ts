import { createHash, hash } from 'node:crypto'
import bearerAuth from '@fastify/bearer-auth'
import { apiKeyFrom, createKeyring, issueApiKey } from '@rekey/api-key-auth'
import { authenticate } from '@rekey/api-key-auth/internal'
import { createLiveSecret } from '@rekey/secret/internal'
import { Secret } from '@rekey/secret'
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { type Context, type Env, Hono } from 'hono'
import { bearerAuth as honoBearerAuth } from 'hono/bearer-auth'
import { Bench } from 'tinybench'
import { type BenchTable, effort } from './bench-table.ts'

const SIZES = effort([1, 100, 10_000, 100_000], [1, 100])
/** With more keys than this, one call of hono's bearerAuth takes seconds. */
const HONO_AT_MOST = 10_000
const ROUNDS = effort(5, 1)
const ROUND_MS = effort(150, 5)
/** Calls between two looks at the clock, so that looking costs next to nothing. */
const BATCH = 1_000
/** The same for what may take a thousand times as long. */
const SLOW_BATCH = 20

interface Contender {
  readonly name: string
  readonly batch: number
  /** Runs the whole batch. */
  readonly run: () => void | Promise<void>
}

/** Deciding on an `Authorization` header, with 1 to 100,000 keys to choose from, against one bare SHA-256 of the key. */
export async function benchVerifyKey(): Promise<BenchTable> {
  const keys = Array.from({ length: Math.max(...SIZES) }, newKey)
  const contenders = [
    inBatches('one SHA-256 of the key, crypto.hash', keys, (key) => hash('sha256', key)),
    inBatches('one SHA-256 of the key, createHash', keys, (key) =>
      createHash('sha256').update(key).digest(),
    ),
    ...SIZES.map((size) => acceptedKeys(keys.slice(0, size))),
    ...refusedKeys(keys.slice(0, 100)),
    ...(await Promise.all(SIZES.map((size) => bearerAuthOf(keys.slice(0, size))))),
    ...(await Promise.all(
      SIZES.filter((size) => size <= HONO_AT_MOST).map((size) => honoOf(keys.slice(0, size))),
    )),
  ]
  const perSecond = await medianRates(contenders)
  return {
    title: 'API keys judged a second',
    rows: contenders.map(({ name }, i) => ({
      name,
      perSecond: perSecond[i] ?? NaN,
      ratio: (perSecond[i] ?? NaN) / (perSecond[0] ?? NaN),
    })),
    aim: 'a million a second, at any number of keys',
    note:
      `median of ${ROUNDS} rounds, contenders taking turns; every call has another key where there are several, and every key ` +
      'is a caller of its own, which is the worst case for the processor cache; the others are their bare hook and middleware, ' +
      'without the cost of a request, and look at all keys in turn',
  }
}

function newKey(): string {
  return flat(issueApiKey({ environment: 'test' }).text.expose())
}

/** The same text in one piece, as a server has it from a socket. A concatenated one costs a detour at every look. */
function flat(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function inBatches(name: string, texts: string[], call: (text: string) => unknown): Contender {
  let next = 0
  const run = () => {
    for (let i = 0; i < BATCH; i++) {
      call(texts[next] ?? '')
      next = (next + 1) % texts.length
    }
  }
  return { name, batch: BATCH, run }
}

function keyringOf(keys: string[]) {
  const lives = keys.map((key, i) => {
    const { value } = apiKeyFrom('bench').parse(key)
    const names = { name: `KEY_${i}`, version: '1', stage: 'current' } as const
    const current = { ...names, value: Secret.of(value, names.name), sensitive: [] }
    return [names.name, createLiveSecret({ name: names.name, revision: '1', current })] as const
  })
  return createKeyring(Object.fromEntries(lives))
}

function acceptedKeys(keys: string[]): Contender {
  const keyring = keyringOf(keys)
  const headers = keys.map((key) => flat(`Bearer ${key}`))
  const first = authenticate(keyring, headers[0])
  if (!('ok' in first) || !first.ok) throw new Error('the keyring refuses its own key')
  const name = `keyring of ${keys.length}, accepted`
  return inBatches(name, headers, (header) => authenticate(keyring, header))
}

function refusedKeys(keys: string[]): Contender[] {
  const keyring = keyringOf(keys)
  const unknown = keys.map(() => flat(`Bearer ${newKey()}`))
  const junk = unknown.map((header) => flat(`${header.slice(0, -6)}000000`))
  const call = (header: string) => authenticate(keyring, header)
  return [
    inBatches(`keyring of ${keys.length}, unknown key`, unknown, call),
    inBatches(`keyring of ${keys.length}, wrong checksum`, junk, call),
  ]
}

async function bearerAuthOf(keys: string[]): Promise<Contender> {
  const app = fastify()
  await app.register(bearerAuth, { keys: new Set<string>(), addHook: false })
  const hook = app.verifyBearerAuthFactory?.({ keys: new Set(keys) })
  if (hook === undefined) throw new Error('@fastify/bearer-auth did not decorate its host')
  const requests = keys.map((key) => ({ raw: { headers: { authorization: `Bearer ${key}` } } }))
  let next = 0
  const run = () =>
    new Promise<void>((resolve) => {
      let open = SLOW_BATCH
      const done = () => {
        open -= 1
        if (open === 0) resolve()
      }
      for (let i = 0; i < SLOW_BATCH; i++) {
        // A stride, so that the linear scan meets keys from its beginning and its end alike.
        next = (next + 7_919) % requests.length
        hook(requests[next] as FastifyRequest, {} as FastifyReply, done)
      }
    })
  return { name: `@fastify/bearer-auth with ${keys.length}`, batch: SLOW_BATCH, run }
}

async function honoOf(keys: string[]): Promise<Contender> {
  const contexts: Context<Env, string>[] = []
  const app = new Hono().get('/', (context) => {
    contexts.push(context)
    return context.text('')
  })
  for (const key of keys) {
    await app.request('/', { headers: { authorization: `Bearer ${key}` } })
  }
  const middleware = honoBearerAuth({ token: keys })
  const noop = () => Promise.resolve()
  const batch = keys.length > 100 ? 1 : SLOW_BATCH
  let next = 0
  const run = async () => {
    for (let i = 0; i < batch; i++) {
      next = (next + 7_919) % contexts.length
      const context = contexts[next]
      if (context !== undefined) await middleware(context, noop)
    }
  }
  return { name: `hono bearerAuth with ${keys.length}`, batch, run }
}

async function medianRates(contenders: Contender[]): Promise<number[]> {
  const rates = contenders.map((): number[] => [])
  for (let round = 0; round < ROUNDS; round++) {
    const bench = new Bench({
      time: ROUND_MS,
      iterations: 1,
      warmupTime: round === 0 ? 100 : 20,
      warmupIterations: 1,
    })
    for (const { name, run } of contenders) bench.add(name, run)
    await bench.run()
    for (const [i, { result }] of bench.tasks.entries()) {
      if (!('latency' in result)) throw new Error(`no result for ${contenders[i]?.name ?? ''}`)
      rates[i]?.push(((contenders[i]?.batch ?? NaN) * 1_000) / result.latency.p50)
    }
  }
  return rates.map((each) => each.sort((a, b) => a - b)[Math.floor(each.length / 2)] ?? NaN)
}
