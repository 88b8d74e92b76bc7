import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Rotator } from '@rekey/family/rotator'
import { createSecretSearch } from '@rekey/log-redactor'
import type { RotationIntent } from '@rekey/rotation'
import { liveVersions, Secret, type Stage } from '@rekey/secret'
import { fingerprintOf } from '@rekey/secret-stores'
import { type Family, type Member, readFamily } from '../family.ts'

/** Shorter texts are guessed: they are compared with live values alone, and with no fingerprint. */
const LEAST_LENGTH = 20

/** The secret that a text is, or was. */
export type Matched =
  | {
      readonly verdict: 'live'
      readonly secret: string
      readonly version: string
      readonly stage: Stage
    }
  | { readonly verdict: 'dead'; readonly secret: string; readonly version: string }
  | { readonly verdict: 'not ours' }

/** Compares texts with the secrets of a family. */
export interface ValueMatcher {
  match(text: string): Matched
  /** Secrets that could not be read, and why. A text may be one of them. */
  readonly unreadable: Family['unreadable']
}

interface LiveValue {
  readonly digest: Buffer
  readonly matched: Extract<Matched, { verdict: 'live' }>
}

/**
 * Reads the live values of all secrets from the store, and the fingerprints of replaced ones from the journal. Nothing else is asked, and no
 * text is sent anywhere. Live values are compared by a digest under a key of this moment, whole; their parts and other spellings
 * are found as a redactor finds them.
 *
 * @throws {SecretError} if the journal cannot be read
 */
export async function readValues(
  rotator: Pick<Rotator, 'store' | 'journal' | 'kinds'> & Partial<Pick<Rotator, 'family'>>,
  signal: AbortSignal,
): Promise<ValueMatcher> {
  const { secrets, unreadable } = await readFamily(rotator, signal)
  const key = randomBytes(32)
  const digest = (text: string) => createHmac('sha256', key).update(text).digest()
  const live: LiveValue[] = []
  const search = createSecretSearch()
  for (const { title: secret, staged } of secrets) {
    for (const { version, stage, value } of liveVersions(staged)) {
      search.add(Secret.of(value.expose(), String(live.length), { announced: false }))
      live.push({
        digest: digest(value.expose()),
        matched: { verdict: 'live', secret, version, stage },
      })
    }
  }
  const matchLive = (text: string) => {
    const own = digest(text)
    const whole = live.find((one) => timingSafeEqual(one.digest, own))
    if (whole !== undefined) return whole.matched
    const [first] = search.find(text)
    return first === undefined ? undefined : live[Number(first)]?.matched
  }
  return {
    unreadable,
    match: (given) => {
      const text = given.trim()
      return matchLive(text) ?? matchReplaced(text, secrets) ?? { verdict: 'not ours' }
    },
  }
}

function matchReplaced(text: string, secrets: readonly Member[]): Matched | undefined {
  if (text.length < LEAST_LENGTH) return undefined
  for (const { title: secret, name, entry } of secrets) {
    const own = Buffer.from(fingerprintOf(name, text))
    const version = replacedVersions(entry?.intent).find((one) => {
      const known = Buffer.from(one)
      return known.length === own.length && timingSafeEqual(known, own)
    })
    if (version !== undefined) return { verdict: 'dead', secret, version }
  }
  return undefined
}

/** The versions that the journal names. One that is live was found before. */
function replacedVersions(intent: RotationIntent | undefined): string[] {
  if (intent === undefined) return []
  const { from, to, lost = [], receipts = [] } = intent
  return [from, ...(to ? [to] : []), ...lost, ...receipts].map(({ version }) => version)
}
