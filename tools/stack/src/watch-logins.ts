import { systemClock } from '@rekey/secret'
import type { Rotator } from '@rekey/rekey/internal/rotator'
import { listServiceLogins } from './prepare-databases.ts'
import { DATABASE_SERVICES } from './reference-family.ts'
import type { Lending } from './stores/stack-store.ts'

/** Login roles by service. */
export type LoginsByService = Readonly<Record<string, readonly string[]>>

/** Sees which login roles there are, for as long as it is not stopped. */
export interface LoginWatch {
  /** Every login role that was there at some time. */
  seen(): LoginsByService
  /** Resolves when the longest life of so many logins is over, and so many of every replica are gone. */
  untilPast(times: number, signal: AbortSignal): Promise<void>
  /** Rejects with the reason if the database could not be asked. */
  stop(): Promise<void>
}

const EVERY_MS = 200
const SETTLED_WITHIN_MS = 20_000

type Watched = Pick<Rotator, 'adminPool' | 'family'>

/** Watches the login roles that a store makes and ends by itself. */
export function watchLogins(rotator: Watched, { maxTtlMs }: Pick<Lending, 'maxTtlMs'>): LoginWatch {
  const startedAt = systemClock.elapsed()
  const seen = new Map<string, Set<string>>(DATABASE_SERVICES.map((name) => [name, new Set()]))
  let now: LoginsByService = {}
  const stop = new AbortController()
  const watching = watch(rotator, stop.signal, (logins) => {
    now = logins
    for (const [service, names] of Object.entries(logins)) {
      for (const name of names) seen.get(service)?.add(name)
    }
  })
  // A caller that waits for it or stops it receives the error; meanwhile no caller may be waiting.
  watching.catch(() => undefined)
  return {
    seen: () => Object.fromEntries([...seen].map(([name, logins]) => [name, [...logins]])),
    async untilPast(times, signal) {
      const areGone = () =>
        [...seen].every(([service, logins]) => {
          const gone = logins.size - (now[service]?.length ?? 0)
          return gone >= times * countReplicas(rotator, service)
        })
      const isDone = () => systemClock.elapsed() - startedAt >= times * maxTtlMs && areGone()
      while (!isDone()) await Promise.race([watching, systemClock.sleep(EVERY_MS, signal, KEEP)])
    },
    async stop() {
      stop.abort()
      await watching
    },
  }
}

/**
 * The login roles of each service as soon as each of its replicas has one: while it changes over, it has two, and services change
 * over at times of their own.
 */
export async function settledLogins(rotator: Watched): Promise<LoginsByService> {
  const deadline = systemClock.elapsed() + SETTLED_WITHIN_MS
  const settled: Record<string, readonly string[]> = {}
  for (;;) {
    const logins = await readLogins(rotator)
    for (const name of DATABASE_SERVICES) {
      const own = logins[name] ?? []
      if (own.length === countReplicas(rotator, name)) settled[name] ??= own
    }
    const isSettled = DATABASE_SERVICES.every((name) => settled[name] !== undefined)
    if (isSettled || systemClock.elapsed() > deadline) return { ...logins, ...settled }
    await systemClock.sleep(EVERY_MS, undefined, KEEP)
  }
}

/** The login roles that are there now. */
export async function readLogins({
  adminPool,
}: Pick<Rotator, 'adminPool'>): Promise<LoginsByService> {
  const logins: Record<string, readonly string[]> = {}
  for (const service of DATABASE_SERVICES) {
    const client = await adminPool(service).connect()
    logins[service] = await listServiceLogins(client, service)
    client.release()
  }
  return logins
}

/** How many processes of a service there are: the stack lists each of them. */
export function countReplicas({ family }: Pick<Rotator, 'family'>, name: string): number {
  return family.fleet.filter(({ service }) => service === name).length
}

const KEEP = { keepAlive: true }

async function watch(
  rotator: Watched,
  signal: AbortSignal,
  take: (logins: LoginsByService) => void,
): Promise<void> {
  while (!signal.aborted) {
    take(await readLogins(rotator))
    await systemClock.sleep(EVERY_MS)
  }
}
