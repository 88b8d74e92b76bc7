import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type FamilyReading, openConsole } from '@rekey/rekey/internal/console'
import { Secret, type SecretVersion, systemClock } from '@rekey/secret'
import type { Answer } from '@rekey/secret/internal/kind'
import { type CellTable, effort } from './bench-table.ts'

const SECRETS = 20
const REPLICAS = effort(2_000, 20)
const ROUNDS = effort(20, 2)
const EVERY_MS = effort(2_000, 50)
const PAGE = fileURLToPath(new URL('../../packages/rekey/build-page.mjs', import.meta.url))

/**
 * The console of a large family: from a change to the event at each viewer. Viewers are plain connections in this process, and share its cores with the
 * console.
 */
export async function benchConsoleView(): Promise<CellTable> {
  await promisify(execFile)(process.execPath, [PAGE])
  const rows: CellTable['rows'][number][] = []
  for (const viewers of [1, effort(1_000, 10)]) {
    for (const hasMark of [true, false]) rows.push(await measure(viewers, hasMark))
  }
  return {
    title: `A console of ${SECRETS} secrets and ${REPLICAS} replicas, a reading each ${EVERY_MS} ms`,
    columns: ['reading to event, p50', 'p95', 'change to event, p50', 'p95', 'view', 'memory'],
    rows,
    note: 'readings are made in memory, replicas and journal are not asked; a change comes at any time; memory is the heap of console and viewers, after a collection',
  }
}

async function measure(count: number, hasMark: boolean) {
  const before = memoryBytes()
  // A change at any time, as often as a reading on average.
  const changedAt = [performance.now()]
  const done = new AbortController()
  const change = async () => {
    while (!done.signal.aborted) {
      await systemClock.sleep(2 * Math.random() * EVERY_MS)
      changedAt.push(performance.now())
    }
  }
  const changing = change()
  const mark = hasMark ? () => Promise.resolve(String(changedAt.length)) : undefined
  const readAt: number[] = []
  const read = (): Promise<FamilyReading> => {
    const n = changedAt.length - 1
    const reading = readingOf(n)
    readAt[n] ??= performance.now()
    return Promise.resolve(reading)
  }
  await using page = await openConsole({ read, mark, everyMs: EVERY_MS })
  const port = Number(new URL(page.url).port)
  const viewers: Viewer[] = []
  for (let n = 0; n < count; n += 1) viewers.push(await watch(port))
  const first = changedAt.length
  while (changedAt.length <= first + ROUNDS) await systemClock.sleep(EVERY_MS / 4)
  await systemClock.sleep(2 * EVERY_MS)
  done.abort()
  await changing
  const memory = memoryBytes() - before
  for (const { socket } of viewers) socket.destroy()
  const changes = Array.from({ length: ROUNDS }, (_, n) => first + n)
  // A change that the next one overtook is shown by the event of that.
  const shown = viewers.flatMap(({ seen }) =>
    changes.map((n) => ({ n, ...seen.find((event) => event.change >= n) })),
  )
  const toEvent = shown.map(({ change = NaN, at = NaN }) => at - (readAt[change] ?? NaN))
  const fromChange = shown.map(({ n, at = NaN }) => at - (changedAt[n] ?? NaN))
  const events = viewers.reduce((sum, { seen }) => sum + seen.length, 0)
  const bytes = viewers.reduce((sum, { socket }) => sum + socket.bytesRead, 0) / events
  return {
    name: `${count} viewers, ${hasMark ? 'a step of a rotation' : 'a report of a replica'}`,
    cells: [
      ...[toEvent, fromChange].flatMap((times) =>
        [0.5, 0.95].map((part) => `${share(times, part).toFixed(0)} ms`),
      ),
      `${Math.round(bytes / 1_000)} KB`,
      `${Math.round(memory / 1e6)} MB`,
    ],
  }
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function memoryBytes(): number {
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function share(times: readonly number[], part: number): number {
  return times.toSorted((a, b) => a - b)[Math.ceil(times.length * part) - 1] ?? NaN
}

/** A connection that watches, and its events: the newest change that each shows, and when it began to arrive. */
interface Viewer {
  readonly socket: Socket
  readonly seen: { readonly change: number; readonly at: number }[]
}

async function watch(port: number): Promise<Viewer> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const seen: Viewer['seen'] = []
  socket.on('data', (chunk: Buffer) => {
    const [, n] = /"environment":"#(\d+)"/.exec(chunk.toString('latin1')) ?? []
    if (n !== undefined) seen.push({ change: Number(n), at: performance.now() })
  })
  socket.write(`GET /events HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n\r\n`)
  return { socket, seen }
}

/** The nth reading, whose number stands in place of the environment. */
function readingOf(n: number): FamilyReading {
  const secrets = Array.from({ length: SECRETS }, (_, secret) => {
    const [from, to] = [`shop-${secret}`, 'till']
    const half = REPLICAS / 2
    return {
      ...{ title: `api-key ${from}:${to}`, kind: 'api-key', open: false },
      staged: { name: 'NAME', revision: '1', current: CURRENT },
      answers: [from, to].map((service, end) => ({
        service,
        answers: Array.from({ length: half }, (_, i) => answerOf(service, end * half + i, n)),
      })),
    }
  })
  return { environment: `#${n}`, secrets, unreadable: [] }
}

const CURRENT: SecretVersion = {
  ...{ name: 'NAME', version: 'v1', stage: 'current', sensitive: [] },
  value: Secret.of('not a secret', 'a value of the bench'),
}

function answerOf(service: string, replica: number, uses: number): Answer {
  const healthUrl = `http://10.0.${replica >> 8}.${replica & 255}:9090`
  const use = { version: 'v1', uses, failures: 0, wrongSecrets: 0, lastUsedAt: Date.now() }
  const counts = { reads: 1, failures: 0, changes: 0, vetoes: 0, rejections: 0 }
  return {
    replica: { service, url: healthUrl, healthUrl },
    ack: {
      ...{ replica: healthUrl, name: 'NAME', kind: 'api-key', end: 'receiver', source: 'memory' },
      ...{ state: 'fresh', failuresInARow: 0, counts },
      versions: [{ stage: 'current', version: 'v1' }],
      usage: { since: 1, versions: [use], holding: {}, failures: 0 },
    },
  }
}
