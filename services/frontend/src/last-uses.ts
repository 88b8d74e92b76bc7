import { basename } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { NoSecretLogger } from '@rekey/log-redactor'
import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { readMoment, readUses, SKEW_MS } from './uses-file.ts'

/** Where uses are read from, and where they are kept. */
export interface LastUsesParts {
  /** One for each VPN server, see {@link parseUsesFiles}. */
  readonly files: readonly string[]
  readonly pool: Pick<pg.Pool, 'query'>
  readonly logger: Pick<NoSecretLogger<FastifyBaseLogger>, 'warn'>
}

/** The time of which every use on every VPN server is known. */
export interface Coverage {
  readonly since: Date
  readonly until: Date
  /** Whether `until` is about now. */
  readonly isFresh: boolean
}

/** When profiles were last used, as the VPN servers have recorded it. */
export interface LastUses {
  /** Undefined while a server has recorded nothing yet. */
  coverage(): Promise<Coverage | undefined>
  /** Reads what is new on every server. */
  read(): Promise<void>
  /** Reads each ten seconds, until `signal` aborts. */
  follow(signal: AbortSignal): Promise<void>
  /** A readiness warning: fails while a server does not show its uses. */
  check(): Promise<void>
}

/** OpenVPN writes its status each minute, or as often as it is set. */
const FRESH_MS = 300_000
const ROUND_MS = 10_000
/** Lines may be written in another order than their times have. */
const OVERLAP_MS = 2 * SKEW_MS
const BATCH = 1_000

const KEEP_USES = `
  update profile p set last_used_at = u.used_at
  from unnest($1::text[], $2::timestamptz[]) as u (serial, used_at)
  where p.serial = u.serial and (p.last_used_at is null or p.last_used_at < u.used_at)`

/** Keeps what was covered before, where the file begins in it. */
const KEEP_COVERAGE = `
  insert into vpn_uses as v (server, since, until) values ($1, $2, $3)
  on conflict (server) do update set
    since = case when $2 <= v.until then least(v.since, $2) else $2 end,
    until = greatest(v.until, $3)`

const COVERAGE = `
  select max(since) as since, min(until) as until, count(*)::integer as servers
  from vpn_uses where server = any ($1)`

/** Creates the record of uses in PostgreSQL, where they outlive the files. Replicas that read the same files do not disturb each other. */
export function createLastUses(parts: LastUsesParts): LastUses {
  return new RecordedUses(parts)
}

class RecordedUses implements LastUses {
  readonly #parts: LastUsesParts
  /** Why the server of a file shows nothing. */
  readonly #problems = new Map<string, string>()

  constructor(parts: LastUsesParts) {
    this.#parts = parts
  }

  async coverage(): Promise<Coverage | undefined> {
    const { files, pool } = this.#parts
    const { rows } = await pool.query<{ since: Date; until: Date; servers: number }>(COVERAGE, [
      files.map(serverOf),
    ])
    const [row] = rows
    if (row?.servers !== files.length) return undefined
    const { since, until } = row
    return { since, until, isFresh: Date.now() - until.getTime() < FRESH_MS }
  }

  async read(): Promise<void> {
    for (const file of this.#parts.files) {
      const problem = await this.#readServer(file).catch(codeOf)
      if (problem !== undefined && problem !== this.#problems.get(file)) {
        const about = { event: 'uses-not-read', server: serverOf(file), problem }
        this.#parts.logger.warn(about, 'the uses of a VPN server are not known')
      }
      if (problem === undefined) this.#problems.delete(file)
      else this.#problems.set(file, problem)
    }
  }

  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.read()
      await delay(ROUND_MS, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  check(): Promise<void> {
    const [problem] = [...this.#problems].map(([file, why]) => `${serverOf(file)}: ${why}`)
    if (problem === undefined) return Promise.resolve()
    return Promise.reject(new Error(`when profiles were last used is not known: ${problem}`))
  }

  /** Returns the problem, if there is one. */
  async #readServer(file: string): Promise<string | undefined> {
    const { pool } = this.#parts
    const nowMs = Date.now()
    // OpenVPN writes its status again and again. Read before the uses: what happened until then is in them.
    const aliveMs = await readMoment(file.replace(/\.uses$/, '.status'))
    if (aliveMs === undefined) return 'no-status'
    if (aliveMs > nowMs + SKEW_MS) return 'status-of-the-future'
    const untilMs = Math.min(aliveMs, nowMs)
    const reading = await readUses(file, { nowMs, afterMs: await this.#knownUntil(file) })
    if (reading === undefined) return 'no-file'
    const uses = [...reading.uses]
    for (let at = 0; at < uses.length; at += BATCH) {
      const some = uses.slice(at, at + BATCH)
      const times = some.map(([, atMs]) => new Date(Math.min(atMs, nowMs)))
      await pool.query(KEEP_USES, [some.map(([serial]) => serial), times])
    }
    const lostMs = (await readMoment(`${file}.lost`)) ?? 0
    const sinceMs = Math.max(reading.sinceMs ?? Infinity, lostMs)
    if (sinceMs > untilMs) return reading.sinceMs === undefined ? 'no-line' : 'stale'
    await pool.query(KEEP_COVERAGE, [serverOf(file), new Date(sinceMs), new Date(untilMs)])
    if (nowMs - aliveMs >= FRESH_MS) return 'stale'
    return reading.skipped > 0 ? 'skipped-lines' : undefined
  }

  async #knownUntil(file: string): Promise<number> {
    const { rows } = await this.#parts.pool.query<{ until: Date }>(
      'select until from vpn_uses where server = $1',
      [serverOf(file)],
    )
    return (rows[0]?.until.getTime() ?? 0) - OVERLAP_MS
  }
}

/** `vpn1` of `/var/lib/vpn-uses/vpn1.uses`. */
function serverOf(file: string): string {
  return basename(file, '.uses')
}

/** Of the file system or of the database. */
function codeOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? code : 'failed'
}
