import { X509Certificate } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { SecretError } from '@rekey/secret'
import {
  type CheckpointMemory,
  type CheckpointStore,
  createCheckpointMemory,
  createCheckpointVerifier,
  createLogClient,
  encodeCertificateEntry,
  type LogClient,
  type VerifiedCheckpoint,
  verifyEvidence,
} from '@rekey/audit-log/transparency'
import type { NoSecretLogger } from '@rekey/log-redactor'
import type { FastifyBaseLogger } from 'fastify'
import type pg from 'pg'
import { AnswerError } from './answer-error.ts'
import { type SigningPlace, untilAnswered } from './ask-signing.ts'

/** Where the checkpoints come from, and where they are kept. */
export interface LogMemoryParts extends SigningPlace {
  /** The verifier key of the log. */
  readonly logKey: string
  readonly pool: Pick<pg.Pool, 'query'>
  readonly logger: Pick<NoSecretLogger<FastifyBaseLogger>, 'error' | 'warn'>
  /** How long a proof is waited for; default 45,000, which is longer than a restart of signing. */
  readonly limitMs?: number
}

/** The last checkpoint of the log of certificates that frontend has accepted, shared by its replicas. */
export interface LogMemory {
  /**
   * Verifies that a certificate is in the log, and that the log only grew since the last checkpoint of any replica.
   *
   * @param evidence `log` in the answer of signing
   * @throws {AnswerError} 502 if it is not shown: then the certificate must be neither stored nor shown
   */
  verify(certificate: string, evidence: unknown): Promise<void>
  /** Compares the newest checkpoint with the last one, each minute, until `signal` aborts. */
  follow(signal: AbortSignal): Promise<void>
  /** A readiness warning: fails while there is a row in `log_finding`, which an operator removes. */
  check(): Promise<void>
}

const ROUND_MS = 60_000
const MOST_FINDINGS = 100
/** Of a note in a finding. One of the log has some hundred characters. */
const MOST_CHARS = 4_096

const ADD_FINDING = `
  insert into log_finding (reason, shown, remembered)
  select $1, $2, (select note from log_checkpoint where origin = $3)
  where not exists (select from log_finding where reason = $1 and shown = $2)
    and (select count(*) from log_finding) < ${MOST_FINDINGS}`

/**
 * Creates the memory of the log in PostgreSQL. Signing hands on what the log answers, and is not believed: a log that was rewritten,
 * forked or truncated behind its back is a finding, with both checkpoints as evidence.
 *
 * @throws {SecretError} `malformed` for a key that is none
 */
export function createLogMemory(parts: LogMemoryParts): LogMemory {
  return new DatabaseMemory(parts)
}

class DatabaseMemory implements LogMemory {
  readonly #parts: LogMemoryParts
  readonly #origin: string
  readonly #client: LogClient
  readonly #memory: CheckpointMemory

  constructor(parts: LogMemoryParts) {
    const { logKey, pool, signingUrl, fetchWithKey } = parts
    this.#parts = parts
    this.#origin = logKey.split('+')[0] ?? ''
    this.#client = createLogClient({ url: signingUrl, fetch: fetchWithKey })
    this.#memory = createCheckpointMemory({
      verifier: createCheckpointVerifier({ log: logKey }),
      store: checkpointRow(pool, this.#origin),
      client: this.#client,
    })
  }

  async verify(certificate: string, evidence: unknown): Promise<void> {
    const { limitMs } = this.#parts
    try {
      const accept = (note: string) =>
        untilAnswered('a proof of the log', () => this.#accept(note).catch(ifUnreachable), limitMs)
      const { entry } = encodeCertificateEntry(new X509Certificate(certificate))
      await verifyEvidence(entry, evidence, { accept })
    } catch (error) {
      if (!(error instanceof SecretError)) throw error
      const { code, message, details } = error
      this.#parts.logger.error({ event: 'not-in-log', code, details }, message)
      throw new AnswerError(502, 'signing did not show that the certificate is in the log')
    }
  }

  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#accept(await this.#client.checkpoint())
      } catch (error) {
        const code = error instanceof SecretError ? error.code : 'unreachable'
        this.#parts.logger.warn({ event: 'log-not-followed', code }, 'the log was not compared')
      }
      await delay(ROUND_MS, undefined, { signal, ref: false }).catch(() => undefined)
    }
  }

  async check(): Promise<void> {
    const { rows } = await this.#parts.pool.query('select from log_finding limit 1')
    if (rows.length > 0) throw new Error('the log of certificates broke a promise')
  }

  async #accept(note: string): Promise<VerifiedCheckpoint> {
    try {
      return await this.#memory.accept(note)
    } catch (error) {
      if (isOfLog(error)) await this.#report(error, note)
      throw error
    }
  }

  async #report({ code, message, details }: SecretError, shown: string): Promise<void> {
    const { logger, pool } = this.#parts
    logger.error({ event: 'log-finding', code, details }, message)
    const reason = String(details['reason'] ?? code)
    await pool.query(ADD_FINDING, [reason, shown.slice(0, MOST_CHARS), this.#origin])
  }
}

function ifUnreachable(error: unknown): undefined {
  if (!(error instanceof SecretError && error.code === 'unreachable')) throw error
}

/** Codes of a checkpoint that is not the log's, or conflicts with the last one; not those of a log that does not answer. */
function isOfLog(error: unknown): error is SecretError {
  if (!(error instanceof SecretError)) return false
  return error.code === 'rejected' || (error.code === 'conflict' && 'reason' in error.details)
}

/** One row, which replicas replace one after the other. */
function checkpointRow(pool: Pick<pg.Pool, 'query'>, origin: string): CheckpointStore {
  return {
    async read() {
      const found = 'select note from log_checkpoint where origin = $1'
      const { rows } = await pool.query<{ note: string }>(found, [origin])
      return rows[0]?.note
    },
    async replace(note, before) {
      const { rowCount } =
        before === undefined
          ? await pool.query(
              'insert into log_checkpoint (origin, note) values ($1, $2) on conflict do nothing',
              [origin, note],
            )
          : await pool.query(
              'update log_checkpoint set note = $2, kept_at = now() where origin = $1 and note = $3',
              [origin, note, before],
            )
      return rowCount === 1
    },
  }
}
