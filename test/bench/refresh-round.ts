import { setTimeout as delay } from 'node:timers/promises'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { randomBytes } from 'node:crypto'
import { defineService, loadService } from '@rekey/config-loader'
import { NON_PRODUCTION_PREFIX, type SecretSource, type SecretSpec } from '@rekey/secret'
import { createMemoryStore } from '@rekey/config-loader/store'
import { z } from 'zod'

/** What one refresh of every secret costs the process. */
export interface RoundCost {
  /** Time of the processor, in milliseconds. */
  readonly cpuMs: number
  /** From the first read to when all of them have been taken in. */
  readonly wallMs: number
  readonly allocatedBytes: number
  /** The longest time for which nothing else could run. */
  readonly worstDelayMs: number
}

/** How the secrets are read: each by itself, or all in one answer. */
export type RoundKind = 'each' | 'all'

const TTL_MS = 3_000
/** A draw that makes all secrets due at the same time. */
const ALL_AT_ONCE = () => 0.999

/** Loads a service with `count` secrets and measures some of its refreshes. Needs `--expose-gc`. */
async function measureRounds(kind: RoundKind, count: number, times: number): Promise<RoundCost[]> {
  const names = Array.from({ length: count }, (_, n) => `SECRET_${n}`)
  const rounds = new RoundWatch(kind, names)
  const definition = defineService({
    name: 'bench',
    settings: z.object({}),
    secrets: Object.fromEntries(names.map((name) => [name, plainText(name)])),
  })
  const service = await loadService(definition, {
    env: { REKEY_ENVIRONMENT: 'development' },
    source: rounds.source,
    policy: { ttlMs: TTL_MS },
    random: ALL_AT_ONCE,
  })
  await rounds.next()
  const costs: RoundCost[] = []
  for (let round = 0; round < times; round += 1) costs.push(await rounds.measureNext())
  await service.close()
  return costs
}

/** Sees the rounds by what the source is asked for. */
class RoundWatch {
  readonly source: SecretSource
  readonly #count: number
  #reads = 0
  #firstReadAt = 0
  #over: () => void = () => undefined

  constructor(kind: RoundKind, names: readonly string[]) {
    this.#count = names.length
    const store = createMemoryStore(Object.fromEntries(names.map((name) => [name, newSecret()])))
    this.source = {
      locator: store.locator,
      read: (name) => this.#counted(1, () => store.read(name)),
      ...(kind === 'all' && {
        readAll: (asked) => this.#counted(asked.length, () => readAllOf(store, asked)),
      }),
    }
  }

  /** Resolves when every secret has been read once more. */
  async next(): Promise<void> {
    this.#reads = 0
    await new Promise<void>((resolve) => (this.#over = resolve))
    // What was read last is taken in by promises that run before any timer.
    await delay(1)
  }

  async measureNext(): Promise<RoundCost> {
    globalThis.gc?.()
    const delays = monitorEventLoopDelay({ resolution: 1 })
    await delay(50)
    const heapBytes = process.memoryUsage().heapUsed
    const cpu = process.cpuUsage()
    delays.enable()
    await this.next()
    const wallMs = performance.now() - this.#firstReadAt
    delays.disable()
    const { user, system } = process.cpuUsage(cpu)
    return {
      cpuMs: (user + system) / 1_000,
      wallMs,
      allocatedBytes: process.memoryUsage().heapUsed - heapBytes,
      worstDelayMs: delays.max / 1e6,
    }
  }

  async #counted<T>(reads: number, read: () => Promise<T>): Promise<T> {
    if (this.#reads === 0) this.#firstReadAt = performance.now()
    const answer = await read()
    this.#reads += reads
    if (this.#reads === this.#count) this.#over()
    return answer
  }
}

function readAllOf(store: SecretSource, names: readonly string[]) {
  if (store.readAll === undefined) throw new Error('the memory store cannot read all at once')
  return store.readAll(names)
}

function newSecret(): string {
  return NON_PRODUCTION_PREFIX + randomBytes(32).toString('base64url')
}

function plainText(name: string): SecretSpec<string> {
  return {
    kind: 'bench',
    rule: 'any text',
    access: { end: 'owner' },
    minLength: 1,
    nameFor: () => name,
    parse: (text) => ({ value: text, sensitive: [text], nonProduction: true }),
  }
}

if (process.send !== undefined) {
  // The timers of a service keep no process alive.
  process.channel?.ref()
  const [kind, count, times] = process.argv.slice(2)
  process.send(await measureRounds(kind as RoundKind, Number(count), Number(times)))
  process.disconnect()
}
