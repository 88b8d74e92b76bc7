import { timingSafeEqual } from 'node:crypto'
import type { Rotator } from '../../family/rotator/open-rotator.ts'
import { createSecretSearch } from '@rekey/log-redactor/internal'
import type { RotationIntent } from '../../journal/journal.ts'
import { liveVersions, type Stage } from '@rekey/secret/internal'
import { Secret, type SecretVersion } from '@rekey/secret'
import { fingerprintOf } from '@rekey/config-loader/internal/store'
import { type Members, type Member, readMembers } from '../members.ts'
import {
  BY_HAND_PAGE,
  type KeptSecret,
  type KeptSecrets,
  readKept,
  variablesOf,
} from './kept-secrets.ts'
import { type BornValues, valueDigest } from './value-digests.ts'

/** Shorter texts are guessed: they are compared with live values alone, and with no fingerprint. */
const LEAST_LENGTH = 20
/** A finding is a line: more parts of it are not looked at. */
const MOST_PARTS = 64

/** The secret that a text is, or was. */
export type Matched =
  | {
      readonly verdict: 'live'
      readonly secret: string
      readonly version: string
      readonly stage: Stage
    }
  | { readonly verdict: 'dead'; readonly secret: string; readonly version: string }
  | {
      /** No rotation changes it. */
      readonly verdict: 'by hand'
      readonly secret: string
      readonly version?: string
      readonly stage?: Stage
      /** The command that prints the runbook, or its page. */
      readonly runbook: string
    }
  | {
      /** It is none of the values that could be read. */
      readonly verdict: 'not compared'
      /** The secrets that could not. */
      readonly unread: readonly string[]
    }
  | { readonly verdict: 'not ours' }

/** Compares texts with the secrets of a family. */
export interface ValueMatcher {
  /** Returns each secret that a text shows; or that it shows none. */
  match(text: string): readonly [Matched, ...Matched[]]
  /** Secrets that could not be read, and why. A text may be one of them. */
  readonly unreadable: Members['unreadable']
}

/** The values of this process, beside those that its rotator reads from the store. */
export interface OwnValues {
  /** Environment variables, as in `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly born?: BornValues
}

type ReadRotator = Pick<Rotator, 'store' | 'journal' | 'kinds'> & Partial<Pick<Rotator, 'family'>>

/**
 * Reads the live values of all secrets from the store, those that a person changes too, and the fingerprints of replaced ones from the journal. Nothing else is asked, and no
 * text is sent anywhere. Values are compared by a digest under a key of this moment, whole; their parts and other spellings
 * are found as a redactor finds them.
 *
 * @throws {SecretError} if the journal cannot be read
 */
export async function readValues(
  rotator: ReadRotator,
  signal: AbortSignal,
  own: OwnValues = { env: {} },
): Promise<ValueMatcher> {
  const { secrets, unreadable: unreadMembers } = await readMembers(rotator, signal)
  const kept = await keptOf(rotator, own, signal)
  const unreadable = [...unreadMembers, ...kept.unreadable]
  const unread = unreadable.map(({ secret }) => secret)
  const live = [...secrets.flatMap(liveOf), ...kept.versions.map(handOf)]
  const findLive = searchOf(live)
  const findOwn = ownValues(rotator, own)
  const matchOne = (text: string): Matched[] => {
    const found = findLive(text)
    if (found.length > 0) return found
    const one = matchReplaced(text, secrets) ?? findOwn(text)
    return one === undefined ? [] : [one]
  }
  return {
    unreadable,
    match: (given) => {
      const text = given.trim()
      const [first, ...others] = distinct([text, ...partsOf(text)].flatMap(matchOne))
      if (first !== undefined) return [first, ...others]
      return unread.length > 0 ? [{ verdict: 'not compared', unread }] : [{ verdict: 'not ours' }]
    },
  }
}

function keptOf(rotator: ReadRotator, { env }: OwnValues, signal: AbortSignal) {
  const { family } = rotator
  const none: KeptSecrets = { versions: [], unreadable: [] }
  return family === undefined ? none : readKept({ ...rotator, family }, env, signal)
}

interface Known {
  readonly value: Secret
  readonly matched: Matched
}

type ReadVersion = Pick<SecretVersion, 'version' | 'stage' | 'value'>

function liveOf({ title: secret, staged }: Member): Known[] {
  return liveVersions(staged).map(({ version, stage, value }) => {
    return { value, matched: { verdict: 'live', secret, version, stage } }
  })
}

function handOf({ secret, runbook, version: read }: KeptSecret & { version: ReadVersion }): Known {
  const { version, stage, value } = read
  return { value, matched: { verdict: 'by hand', secret, version, stage, runbook } }
}

/** Finds the values that a text shows: the one that it is, else all of which it has a part. */
function searchOf(known: readonly Known[]): (text: string) => Matched[] {
  const { whole, search } = indexed(known)
  return (text) => {
    const own = whole.get(valueDigest(text))
    const labels = own === undefined ? search.find(text) : [own]
    return labels.flatMap((label) => known[Number(label)]?.matched ?? [])
  }
}

/** Their names are their places. */
function indexed(known: readonly Known[]) {
  const whole = new Map<string, string>()
  const search = createSecretSearch()
  for (const [at, { value }] of known.entries()) {
    whole.set(valueDigest(value.expose()), String(at))
    search.add(Secret.of(value.expose(), String(at), { announced: false }))
  }
  return { whole, search }
}

/** Finds the variables of this process, and what its rotator has used, by the whole value. */
function ownValues({ family }: ReadRotator, { env, born }: OwnValues) {
  const variables = new Map<string, string>()
  const all = family === undefined ? env : variablesOf(family, env)
  for (const [name, value = ''] of Object.entries(all)) {
    if (value.length >= LEAST_LENGTH) variables.set(valueDigest(value.trim()), name)
  }
  return (text: string): Matched | undefined => {
    if (text.length < LEAST_LENGTH) return undefined
    const secret = variables.get(valueDigest(text)) ?? born?.labelOf(text)
    return secret === undefined ? undefined : { verdict: 'by hand', secret, runbook: BY_HAND_PAGE }
  }
}

/** The words of a line that are long enough to be a secret. */
function partsOf(text: string): string[] {
  const parts = text.split(/[\s"'`,;<>()[\]{}=]+|:\s/)
  return parts.filter((part) => part.length >= LEAST_LENGTH && part !== text).slice(0, MOST_PARTS)
}

function distinct(found: readonly Matched[]): Matched[] {
  return [...new Map(found.map((one) => [JSON.stringify(one), one])).values()]
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
