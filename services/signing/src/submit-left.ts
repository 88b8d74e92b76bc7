import { setTimeout as delay } from 'node:timers/promises'
import { followSigned, type RecordMarks, type SignedCertificate } from '@rekey/ca-keystore'
import { SecretError } from '@rekey/secret'
import type { LogEvidence } from '@rekey/audit-log/transparency'
import type { NoSecretLogger } from '@rekey/log-redactor'
import type { FastifyBaseLogger } from 'fastify'

/** The parts of {@link submitLeft}. */
export interface SubmitParts {
  /** Of the keystore. */
  readonly directory: string
  readonly record: (certificate: string) => Promise<LogEvidence>
  readonly marks: RecordMarks
  readonly logger: Pick<NoSecretLogger<FastifyBaseLogger>, 'info' | 'error'>
}

const ROUND_MS = 60_000

/**
 * Submits to the log, until `signal` aborts, what the CA has signed and is not known to be on record: certificates of a process that
 * was killed, of calls that failed, and those that were issued before the log could be reached. None of them needs to be handed out
 * to count.
 */
export async function submitLeft(parts: SubmitParts, signal: AbortSignal): Promise<void> {
  const { directory, logger } = parts
  const follower = followSigned(directory)
  while (!signal.aborted) {
    try {
      await submitAll(await follower.left(), parts, signal)
    } catch (error) {
      report(error, logger)
    }
    await delay(ROUND_MS, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

async function submitAll(
  left: readonly SignedCertificate[],
  { record, marks, logger }: SubmitParts,
  signal: AbortSignal,
): Promise<void> {
  for (const { serial, certificate } of left) {
    if (signal.aborted) return
    try {
      const { index } = await record(certificate)
      await marks.mark(serial, index)
      logger.info({ event: 'recorded-later', serial, index }, 'a certificate is on record')
    } catch (error) {
      // The log does not take this one, and may take the next.
      if (!(error instanceof SecretError && error.code === 'refused')) throw error
      report(error, logger, serial)
    }
  }
}

function report(error: unknown, logger: SubmitParts['logger'], serial?: string): void {
  if (!(error instanceof SecretError)) throw error
  const { code, message, details } = error
  logger.error({ event: 'not-on-record', serial, code, details }, message)
}
