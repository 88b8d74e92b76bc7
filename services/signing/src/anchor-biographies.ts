import { setTimeout as delay } from 'node:timers/promises'
import { biographyTrail, readBiography } from '@rekey/ca-keystore'
import { SecretError } from '@rekey/secret'
import type { LogEvidence, TrailHead } from '@rekey/audit-log/transparency'
import type { FastifyBaseLogger } from 'fastify'

/** The parts of {@link anchorBiographies}. */
export interface AnchorParts {
  /** The keystores of all generations of the CA. */
  readonly keystores: readonly string[]
  readonly anchor: (head: TrailHead) => Promise<LogEvidence>
  readonly logger: Pick<FastifyBaseLogger, 'info' | 'error'>
  /** Default an hour. */
  readonly everyMs?: number
}

const HOUR_MS = 60 * 60 * 1_000

/**
 * Anchors the biographies of a CA in the log: at the start, each hour, and once more when `signal` aborts. A biography that is
 * rewritten or cut afterwards, its signed end included, is named by `rekey ca audit`.
 */
export async function anchorBiographies(parts: AnchorParts, signal: AbortSignal): Promise<void> {
  const { keystores, everyMs = HOUR_MS } = parts
  const anchored = new Map<string, number>()
  for (;;) {
    const isLast = signal.aborted
    for (const directory of keystores) await anchorOne(directory, parts, anchored)
    if (isLast) return
    await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

async function anchorOne(
  directory: string,
  { anchor, logger }: AnchorParts,
  anchored: Map<string, number>,
): Promise<void> {
  try {
    const { verdict, entries } = await readBiography({ directory })
    const [first] = entries
    if (!verdict.ok || first === undefined) {
      logger.error({ event: 'trail-damaged', directory }, 'a biography is not sound')
      return
    }
    const { seq, hash } = verdict.head
    if (anchored.get(directory) === seq) return
    const trail = biographyTrail(first.subject)
    const { index } = await anchor({ trail, seq, hash })
    anchored.set(directory, seq)
    logger.info({ event: 'trail-anchored', trail, seq, index }, 'a biography is anchored')
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    const { code, message, details } = error
    const event = details['status'] === 409 ? 'trail-rewritten' : 'trail-not-anchored'
    logger.error({ event, directory, code, details }, message)
  }
}
