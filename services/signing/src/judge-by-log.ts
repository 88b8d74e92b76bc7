import { setTimeout as delay } from 'node:timers/promises'
import {
  type Biography,
  biographyTrail,
  type ListHead,
  readBiography,
  readListHead,
} from '@rekey/ca-keystore'
import { SecretError } from '@rekey/secret'
import {
  type CheckpointMemory,
  type CheckpointVerifier,
  type LogClient,
  type LogEvidence,
  parseEntry,
  parseHeadEntry,
  type TrailHead,
} from '@rekey/audit-log/transparency'
import type { FastifyBaseLogger } from 'fastify'

/** A CA whose lists are published here. */
export interface JudgedCa {
  /** The keystore. */
  readonly directory: string
  /** PEM of the CA and those above it. */
  readonly chain: string
}

/** The parts of {@link judgeByLog}. */
export interface JudgeParts {
  readonly cas: readonly JudgedCa[]
  /** The directory of all revocation lists. */
  readonly lists: string
  readonly client: Pick<LogClient, 'checkpoint' | 'entries'>
  readonly verifier: CheckpointVerifier
  readonly memory: Pick<CheckpointMemory, 'last' | 'accept'>
  readonly logger: Pick<FastifyBaseLogger, 'error'>
}

/** Entries of one answer of the log. */
const PAGE = 256

/**
 * Compares the keystores and lists of a CA with what the log has anchored since the checkpoint that this keystore remembers: a copy of yesterday that
 * was put back as a whole agrees with itself, and its lists lack the revocations since. Where the log does not answer, it is an event, and lists
 * are published all the same: without them no VPN client connects.
 *
 * @throws {SecretError} `refused` with the reason `generation` for a keystore or lists that are older than the log
 */
export async function judgeByLog(parts: JudgeParts): Promise<void> {
  try {
    await readSince(await parts.memory.last(), parts)
  } catch (error) {
    if (error instanceof SecretError && error.details['reason'] === 'generation') throw error
    reported(error, parts.logger)
  }
}

async function readSince(last: { size: number } | undefined, parts: JudgeParts): Promise<void> {
  if (last === undefined) return
  const { client, verifier, memory } = parts
  const note = await client.checkpoint()
  const { size } = verifier.verify(note)
  const judges = await Promise.all(parts.cas.map((ca) => judgeOf(ca, parts.lists)))
  for (let start = last.size; start < size; start += PAGE) {
    const count = Math.min(PAGE, size - start)
    const entries = await client.entries({ start, count })
    if (entries.length < count) throw incomplete()
    for (const { entry } of entries) {
      const head = parseHeadEntry(parseEntry(entry))
      const older = head && judges.find(({ isOlder }) => isOlder(head))
      if (older) throw isOlderThanLog(older.ca, head)
    }
  }
  // Not before: the next start must read them again.
  await memory.accept(note)
}

async function judgeOf(ca: JudgedCa, lists: string) {
  const { directory } = ca
  const list = await readListHead({ ...ca, lists })
  const life = await readBiography({ directory })
  const isOlder = (head: TrailHead) =>
    (head.trail === list.trail && head.seq > list.seq) || isOtherLife(head, life)
  return { ca, isOlder }
}

/** A restored key continues the biography of its backup; then its lists alone are compared. */
function isOtherLife({ trail, seq, hash }: TrailHead, { verdict, entries }: Biography): boolean {
  const [first] = entries
  if (!verdict.ok || first === undefined || trail !== biographyTrail(first.subject)) return false
  if (entries.some(({ action }) => action === 'restore')) return false
  return hash !== (seq === verdict.head.seq ? verdict.head.hash : entries[seq]?.prev)
}

/** Options of {@link anchorLists}. */
export interface ListAnchorParts extends Pick<JudgeParts, 'cas' | 'lists' | 'logger'> {
  readonly anchor: (head: TrailHead) => Promise<LogEvidence>
  /** Default 2 seconds. */
  readonly everyMs?: number
}

/** Anchors the number of each list that is published, until `signal` aborts, and once more then. */
export async function anchorLists(parts: ListAnchorParts, signal: AbortSignal): Promise<void> {
  const { cas, lists, everyMs = 2_000, logger } = parts
  const anchored = new Map<string, number>()
  const anchorOne = async ({ trail, seq, hash }: ListHead) => {
    if (hash === undefined || anchored.get(trail) === seq) return
    await parts.anchor({ trail, seq, hash })
    anchored.set(trail, seq)
  }
  for (;;) {
    const isLast = signal.aborted
    for (const ca of cas) {
      await readListHead({ ...ca, lists })
        .then(anchorOne)
        .catch((error: unknown) => {
          reported(error, logger)
        })
    }
    if (isLast) return
    await delay(everyMs, undefined, { signal, ref: false }).catch(() => undefined)
  }
}

function reported(error: unknown, logger: JudgeParts['logger']): void {
  if (!(error instanceof SecretError)) throw error
  const { code, message, details } = error
  logger.error({ event: 'lists-not-compared', code, details }, message)
}

function isOlderThanLog({ directory }: JudgedCa, { trail, seq }: TrailHead): SecretError {
  const message =
    `the keystore ${directory} and its revocation lists are older than the log, which has ${seq} of ${trail}: a copy was put back, and certificates that were ` +
    'revoked since could connect. Restore the CA from its newest backup, with the list that verifiers have: rekey ca restore BACKUP DIRECTORY --published FILE. ' +
    `To accept the loss, remove ${directory}/log-checkpoint`
  return new SecretError('refused', message, { directory, reason: 'generation', trail, seq })
}

function incomplete(): SecretError {
  const message =
    'the log did not answer with all entries of its checkpoint: report the log, and start again'
  return new SecretError('unreachable', message, { reason: 'log' })
}
