import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { SecretError } from './errors.ts'
import type { Secret } from './secret.ts'
import { type Clock, systemClock } from './time/clock.ts'

/** The variable that holds the key of the channel at both ends; with `_FILE` after it, the path of the file that does. */
export const REPORT_KEY = 'REKEY_HEALTH_KEY'
/** The header of an answer that authenticates it. */
export const REPORT_MAC_HEADER = 'rekey-report-mac'

const MIN_KEY_LENGTH = 32
/** How far the clocks of both ends may differ, as in AWS Signature Version 4. */
const MAX_SKEW_MS = 300_000

/** A request for a report, and the check of what answers it. */
export interface ReportRequest {
  /** The `Authorization` header. */
  readonly authorization: string
  /** Whether a body with this {@link REPORT_MAC_HEADER} is the answer to this request, of an end that has the key. */
  readonly isAnswer: (body: string, mac: string | null | undefined) => boolean
}

/** @throws {SecretError} `malformed` if the key has fewer than 32 characters */
export function checkReportKey(key: Secret): Secret {
  if (key.expose().length >= MIN_KEY_LENGTH) return key
  const rule = `at least ${MIN_KEY_LENGTH} random characters`
  throw new SecretError('malformed', `${key.label} is too short: use ${rule}`)
}

/**
 * Signs a request for the report of a replica. The key itself does not travel, so that the channel needs no TLS to be
 * authenticated in both directions; what it carries is no secret. HMAC-SHA-256 (RFC 2104) over path, time and nonce, and over
 * the same with the body for the answer.
 *
 * ```ts
 * const { authorization, isAnswer } = signReportRequest(key, '/health/secrets')
 * ```
 */
export function signReportRequest(
  key: Secret,
  path: string,
  clock: Pick<Clock, 'now'> = systemClock,
): ReportRequest {
  const [time, nonce] = [String(clock.now()), randomBytes(16).toString('base64url')]
  const about = [path, time, nonce]
  const mac = macOf(key, ['request', ...about]).toString('base64url')
  return {
    authorization: `Rekey-Report t=${time},n=${nonce},m=${mac}`,
    isAnswer: (body, answered) => isMac(macOf(key, ['answer', ...about, body]), answered ?? ''),
  }
}

const AUTHORIZATION = /^Rekey-Report t=(\d{1,15}),n=([\w-]{22}),m=([\w-]{43})$/

/**
 * Verifies a request for a report, in constant time for each key, and returns what makes the {@link REPORT_MAC_HEADER} of its
 * answer; nothing if it is by none of the keys, or is older or newer than five minutes.
 */
export function verifyReportRequest(
  keys: readonly Secret[],
  { path, authorization }: { readonly path: string; readonly authorization: string | undefined },
  clock: Pick<Clock, 'now'> = systemClock,
): ((body: string) => string) | undefined {
  const [, time = '', nonce = '', mac = ''] = AUTHORIZATION.exec(authorization ?? '') ?? []
  if (mac === '' || Math.abs(clock.now() - Number(time)) > MAX_SKEW_MS) return undefined
  const about = [path, time, nonce]
  const key = keys.find((each) => isMac(macOf(each, ['request', ...about]), mac))
  return key && ((body) => macOf(key, ['answer', ...about, body]).toString('base64url'))
}

function macOf(key: Secret, parts: readonly string[]): Buffer {
  return createHmac('sha256', key.expose())
    .update(['rekey-report', ...parts].join('\n'))
    .digest()
}

function isMac(expected: Buffer, text: string): boolean {
  const shown = Buffer.from(text, 'base64url')
  return shown.length === expected.length && timingSafeEqual(shown, expected)
}
