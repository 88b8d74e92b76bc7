import type { KeyObject } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type {
  AuditDamage,
  AuditEntry,
  AuditHead,
  AuditLog,
  AuditOutcome,
} from '@rekey/audit-log/internal'
import { openAuditLog, verifyAuditLog } from '@rekey/audit-log'
import { type Clock, SecretError } from '@rekey/secret'
import type { ErrorDetails } from '@rekey/secret/internal'
import { replaceFile } from '@rekey/secret/internal/files'
import { z } from 'zod'
import { parseCaChain } from './ca-certificate.ts'
import { readIfPresent } from './protected-files.ts'
import type { KeyIdentity } from './envelope/index.ts'
import { readKeystoreFile } from './keystore-files.ts'
import { readStatement, requireStatedFormat, signStatement } from './signed-statement.ts'
import type { Signer } from './signer.ts'

/** The events in the life of a CA key; a log that begins with none of the first three has lost its beginning. */
export const LIFE_ACTIONS = [
  'create',
  'import',
  'restore',
  'unlock',
  'sign-count',
  'change-passphrase',
  'copy-for-recovery',
  'backup',
  'drill',
  'escrow',
  'reshare',
  'share-check',
  'rotate-request',
  'rotate-install',
  'rotate-abort',
  'rotate-publish',
  'rotate-activate',
  'rotate-replaced',
  'rotate-rolled-back',
  'rotate-retire',
  'rotate-destroy',
] as const

/** One event in the life of a CA key. */
export interface LifeEvent {
  readonly action: (typeof LIFE_ACTIONS)[number]
  /** Default `succeeded`. */
  readonly outcome?: AuditOutcome
  /** Facts alone: never a value. */
  readonly details?: ErrorDetails
}

/** The key that an event is about. */
interface LivingKey {
  /** Of the keystore. */
  readonly directory: string
  readonly identity: Pick<KeyIdentity, 'id' | 'generation'>
  readonly clock?: Clock
  /** Signs the end of the log; without, the event is chained alone. */
  readonly signer?: Signer
}

/** The state of the biography of a CA key. */
export type BiographyVerdict =
  | {
      readonly ok: true
      readonly entries: number
      /** The entries up to which the CA has signed the log: none of them can be removed unseen. */
      readonly signed: number
      readonly head: AuditHead
    }
  | {
      readonly ok: false
      /** `unsigned`: the CA did not sign the end of the log; `absent`: there is no log; otherwise the damage at `line`. */
      readonly reason: AuditDamage | 'unsigned' | 'absent'
      /** From 1 on. */
      readonly line?: number
    }

/** The biography of a CA key. */
export interface Biography {
  readonly verdict: BiographyVerdict
  /** Empty for a log that is not sound. */
  readonly entries: readonly AuditEntry[]
}

/** The two files of a biography, beside the key. */
const BIOGRAPHY_FILES = { log: 'biography.log', head: 'biography.head' } as const

const KIND = 'biography'
const MAX_LOG_BYTES = 64 * 1024 * 1024
const MAX_HEAD_BYTES = 4 * 1024
/** The lock is held for a few writes to the disk. */
const LOCK_ATTEMPTS = 200
const LOCK_DELAY_MS = 25
const BEGINNINGS: readonly string[] = LIFE_ACTIONS.slice(0, 3)

const HEAD = z.strictObject({
  seq: z.number().int().positive(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
})

/**
 * Records an event in the biography of a CA key: a chained log in `biography.log`, whose end the CA signs in `biography.head` whenever its
 * key is at hand. A damaged log gets the event too, and no new signature: the old one stays as evidence.
 *
 * @throws {SecretError} `conflict` if another process holds the log for seconds, `malformed` if the log ends with no entry, `forbidden`,
 *   `unreachable`; what was to be recorded must not happen then
 */
export async function recordLife(key: LivingKey, event: LifeEvent): Promise<void> {
  const { directory, identity, clock, signer } = key
  const path = join(directory, BIOGRAPHY_FILES.log)
  await using log = await openWhenFree(path, clock)
  const { action, outcome = 'succeeded', details = {} } = event
  await log.record({
    actor: `${userName()}@${hostname()}`,
    action,
    subject: identity.id,
    version: String(identity.generation),
    outcome,
    details,
  })
  if (signer === undefined) return
  const old = await readHead(directory, signer.publicKey)
  if (old === 'unsigned') return
  const verdict = await verifyAuditLog(path, old)
  if (!verdict.ok) return
  const statement = await signStatement(KIND, JSON.stringify(verdict.head), signer)
  await replaceFile(join(directory, BIOGRAPHY_FILES.head), statement)
}

/**
 * Reads the biography of a CA key and verifies it: the chain of its entries, the end that the CA signed, and its beginning.
 *
 * @param place `anchor`: an end of the log that was kept elsewhere, as each backup keeps one; without, a log that was put back as a
 *   whole to an older state is not noticed
 * @throws {SecretError} `missing`, `forbidden`, `malformed`, `refused`, `unreachable` for files that cannot be read
 *
 * @example
 * ```ts
 * const { verdict, entries } = await readBiography({ directory })
 * ```
 */
export async function readBiography(place: {
  readonly directory: string
  readonly anchor?: AuditHead
}): Promise<Biography> {
  const { directory, anchor } = place
  const path = join(directory, BIOGRAPHY_FILES.log)
  const ca = parseCaChain(await readKeystoreFile(directory, 'certificate'))
  const log = await readIfPresent(path, 'key', MAX_LOG_BYTES)
  if (log === undefined) return damaged('absent')
  const signed = await readHead(directory, ca.publicKey)
  if (signed === undefined || signed === 'unsigned') return damaged('unsigned')
  const verdict = await verifyAuditLog(path, signed)
  if (!verdict.ok) return damaged(verdict.reason, verdict.line)
  const anchored = await verifyAuditLog(path, anchor)
  if (!anchored.ok) return damaged(anchored.reason, anchored.line)
  const entries = entriesOf(log)
  if (!BEGINNINGS.includes(entries[0]?.action ?? '')) return damaged('removed', 1)
  return { verdict: { ...verdict, signed: signed.seq }, entries }
}

/** Reads a biography as {@link readBiography} does, after moving the end of a line aside in which a process was killed. */
export async function readMendedBiography(directory: string): Promise<Biography> {
  const found = await readBiography({ directory })
  if (found.verdict.ok || found.verdict.reason !== 'torn') return found
  const log = await openWhenFree(join(directory, BIOGRAPHY_FILES.log), undefined)
  await log[Symbol.asyncDispose]()
  return readBiography({ directory })
}

/** The error of an operation that the biography must prove. */
export function biographyNotSound(damage: string): SecretError {
  const message =
    `the biography of the key is not sound (${damage}): it was cut or edited, or is that of another key. Keep biography.log and biography.head as ` +
    'evidence, and restore both from the newest backup first: cp BACKUP/biography.* DIRECTORY'
  return new SecretError('refused', message, { reason: 'biography' })
}

/** Names the biography of a key where its head is anchored, as in a log. */
export function biographyTrail(keyId: string): string {
  return `biography/${keyId}`
}

/** The entries of a log that was verified. */
export function entriesOf(log: string): AuditEntry[] {
  const lines = log.split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as AuditEntry)
}

/** The end of the log that the CA signed; undefined if there is none yet. */
async function readHead(
  directory: string,
  publicKey: KeyObject,
): Promise<AuditHead | 'unsigned' | undefined> {
  const path = join(directory, BIOGRAPHY_FILES.head)
  const text = await readIfPresent(path, 'key', MAX_HEAD_BYTES)
  if (text === undefined) return undefined
  requireStatedFormat('biography head', text)
  const content = readStatement(KIND, text, publicKey)
  return content === undefined ? 'unsigned' : HEAD.parse(JSON.parse(content))
}

/** Waits while another process records an event. */
async function openWhenFree(path: string, clock: Clock | undefined): Promise<AuditLog> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await openAuditLog({ path, ...(clock && { clock }) })
    } catch (error) {
      const isHeld = error instanceof SecretError && error.code === 'conflict'
      if (!isHeld || attempt === LOCK_ATTEMPTS) throw error
      await delay(LOCK_DELAY_MS)
    }
  }
}

/** Containers often run under an id without a name. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid-${process.geteuid?.() ?? 'unknown'}`
  }
}

function damaged(reason: Extract<BiographyVerdict, { ok: false }>['reason'], line?: number) {
  return {
    verdict: { ok: false, reason, ...(line !== undefined && { line }) },
    entries: [],
  } as const
}
