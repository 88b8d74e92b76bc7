import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { constants, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { defineService, loadService, openHealthListener } from '@rekey/config-loader'
import { openDotenvStore } from '@rekey/config-loader/store'
import type { LiveSecret } from '@rekey/secret'
import { runCompiled } from '@rekey/testbed'
import { z } from 'zod'
import { type CellTable, effort } from './bench-table.ts'
import type { RotatorOrder } from './clients-rotator.ts'
import { type Server, USER } from './clients-servers.ts'
import { type Client, type Contender, type Group, GROUPS, WORKERS } from './clients-table.ts'

const ROUNDS = effort(4, 1)
const ROTATIONS = effort(25, 2)
/** The longest phase without rotations. */
const REST_MS = 6_000
const WATCH_MS = 20
const ROTATOR = fileURLToPath(new URL('clients-rotator.ts', import.meta.url))
/** Those alone that work at the same server as this one: `--only=pg`. */
const ONLY = process.argv.find((argument) => argument.startsWith('--only='))?.slice(7)

/**
 * A hundred rotations at real servers while clients work: calls that failed, how long calls took, and how many connections there were.
 * After each quarter of the rotations the clients work on without any, against which they are compared.
 */
export async function benchClients(): Promise<CellTable> {
  const rows: Row[] = []
  for (const group of GROUPS) {
    if (ONLY !== undefined && !Object.hasOwn(group.clients, ONLY)) continue
    for (const row of await measure(group)) {
      process.stderr.write(`${row.name}: ${row.cells.join(', ')}\n`)
      rows.push(row)
    }
  }
  return {
    title: `${ROUNDS * ROTATIONS} rotations while ${WORKERS} workers call a real server`,
    columns: [
      ...['server', 'calls', 'failed', 'p50 without', 'p50 rotated', 'p99 without', 'p99 rotated'],
      ...['p99 ratio', 'a rotation', 'most connections'],
    ],
    rows,
    aim: '0 failed, p99 at most 2 times that without rotation, connections at most the limit',
    note: `the rotator is a process of its own, of low priority; clients of one server work at the same time; ${ROUNDS} times ${ROTATIONS} rotations, and as long without any, at most ${REST_MS / 1000} s`,
  }
}

interface Row {
  readonly name: string
  readonly cells: string[]
}

/** A client at work. */
interface Working {
  readonly name: string
  readonly contender: Contender
  readonly client: Client
  readonly load: ReturnType<typeof startLoad>
  readonly rotating: Taken[]
  readonly resting: Taken[]
  most: number
}

async function measure({ server: openServer, clients }: Group): Promise<Row[]> {
  await using server = await openServer()
  await using rotated = await openRotated(server)
  const working: Working[] = []
  const workers = WORKERS / Object.keys(clients).length
  for (const [name, contender] of Object.entries(clients)) {
    const client = await contender.follow(rotated.secret, server, name)
    const load = startLoad(client, workers)
    working.push({ name, contender, client, load, rotating: [], resting: [], most: 0 })
  }
  // What is loaded and compiled once is loaded.
  await rotated.rotate(2)
  for (const { load } of working) load.take()
  const over = new AbortController()
  const watching = watch(server, working, over.signal)
  let rotatingMs = 0
  for (let round = 0; round < ROUNDS; round += 1) {
    const startMs = performance.now()
    await rotated.rotate(ROTATIONS)
    const tookMs = performance.now() - startMs
    rotatingMs += tookMs
    for (const { load, rotating } of working) rotating.push(load.take())
    await delay(Math.min(tookMs, REST_MS))
    for (const { load, resting } of working) resting.push(load.take())
  }
  over.abort()
  await watching
  for (const { load, client } of working) {
    await load.stop()
    await client.close()
  }
  const took = ms(rotatingMs / ROUNDS / ROTATIONS, 0)
  return working.map((each) => ({ name: each.name, cells: cellsOf(each, server.version, took) }))
}

/** Counts connections in both phases. */
async function watch(server: Server, working: readonly Working[], signal: AbortSignal) {
  while (!signal.aborted) {
    for (const each of working) each.most = Math.max(each.most, await server.connections(each.name))
    await delay(WATCH_MS)
  }
}

function cellsOf({ contender, rotating, resting, most }: Working, version: string, took: string) {
  const [rest, change] = [merge(resting), merge(rotating)]
  const ratio = change.at(0.99) / rest.at(0.99)
  return [
    ...[version, change.count.toLocaleString('en'), String(change.failed + rest.failed)],
    ...[ms(rest.at(0.5)), ms(change.at(0.5)), ms(rest.at(0.99)), ms(change.at(0.99))],
    ...[`${ratio.toFixed(2)}×`, took, `${most} of ${contender.limit}`],
  ]
}

/** A service with the secret of a server in a file, and what rotates that. */
async function openRotated(server: Server) {
  const [name = ''] = Object.keys(server.held)
  const folder = await mkdtemp(join(tmpdir(), 'rekey-clients-'))
  const path = join(folder, '.env')
  const lines = Object.entries(server.held).map(([key, value]) => `${key}='${value}'\n`)
  await writeFile(path, lines.join(''), { mode: 0o600 })
  const store = await openDotenvStore({ path })
  const secrets = { login: server.spec }
  const definition = defineService({ name: USER, settings: z.object({}), secrets })
  const env = { REKEY_ENVIRONMENT: 'test' }
  const service = await loadService(definition, { env, source: store })
  const health = await openHealthListener(service, { port: 0 })
  const healthUrl = `http://127.0.0.1:${health.port}`
  const [program = '', ...args] = runCompiled(ROTATOR)
  const rotator = fork(program, args)
  // Elsewhere it would be on another machine: here the client and its server come first.
  setPriority(rotator.pid ?? 0, effort(constants.priority.PRIORITY_LOW, 0))
  return {
    secret: service.secrets.login as LiveSecret,
    async rotate(times: number) {
      const done = once(rotator, 'message')
      rotator.send({ ...server.order, name, path, healthUrl, times } satisfies RotatorOrder)
      const [failure] = (await done) as [string | null]
      if (failure !== null) throw new Error(failure)
    },
    async [Symbol.asyncDispose]() {
      rotator.kill()
      await health.close()
      await service.close()
      await store[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

/** What was called in one phase. */
interface Taken {
  readonly latencies: number[]
  failed: number
}

function startLoad(client: Client, count: number) {
  let taken: Taken = { latencies: [], failed: 0 }
  const over = new AbortController()
  const workers = Array.from({ length: count }, async () => {
    while (!over.signal.aborted) {
      const start = performance.now()
      try {
        await client.call()
        taken.latencies.push(performance.now() - start)
      } catch {
        taken.failed += 1
      }
      await delay(1)
    }
  })
  return {
    take() {
      const before = taken
      taken = { latencies: [], failed: 0 }
      return before
    },
    async stop() {
      over.abort()
      await Promise.all(workers)
    },
  }
}

function merge(phases: readonly Taken[]) {
  const sorted = Float64Array.from(phases.flatMap(({ latencies }) => latencies)).sort()
  return {
    count: sorted.length,
    failed: phases.reduce((sum, { failed }) => sum + failed, 0),
    at: (share: number) => sorted[Math.floor(sorted.length * share)] ?? NaN,
  }
}

const ms = (value: number, digits = 2) => `${value.toFixed(digits)} ms`
