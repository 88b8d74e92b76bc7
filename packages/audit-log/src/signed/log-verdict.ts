import type { AuditHead } from '../audit-entry.ts'
import type { AuditDamage } from '../verify-audit-log.ts'

/**
 * How a signed log was damaged, at the entry it names, beside {@link AuditDamage}.
 *
 * - `edited`: the line is not signed by the key that the line before commits to
 * - `forked`: the log was continued twice from one entry, and this is not the continuation that was signed
 * - `replaced`: this is another log than the one of the checkpoint
 * - `shortened`: the log, or the stream, ends before a checkpoint, before the end that another stream states, or before the entry that its key file is for
 * - `removed`, of a stream: another stream or a checkpoint states an end of it, and it is not there
 * - `foreign`: the first line of the stream states another writer, log or number than the tables do
 */
export type SignedLogDamage = AuditDamage | 'forked' | 'replaced' | 'foreign'

/** The damage of one stream of a log in PostgreSQL. */
export interface StreamDamage {
  /** Sound ones, from the first of the stream. */
  readonly entries: number
  /** The first entry of the stream that is not sound, counted from 1. */
  readonly entry: number
  readonly reason: SignedLogDamage
  readonly stream: number
  /** The login that writes it; empty for a log of an older release, and where it is not known. */
  readonly writer: string
}

/** The result of `verifySignedLog`. `entries` are sound, counted from the first. */
export type SignedLogVerdict =
  | {
      readonly ok: true
      readonly entries: number
      /** The id of the log; absent while it has no entry. */
      readonly log?: string
      readonly head: AuditHead
      /**
       * How many entries cannot be missing: those up to the newest checkpoint, and in PostgreSQL also those that its stream states, and so on. Beyond them, an attacker with an older copy of the log, and its
       * key file, can have put both back.
       */
      readonly confirmed: number
      /** Whether the key file, or the table of the streams, confirms the end; false where it is not at hand, as in a copy of the log. */
      readonly hasKey: boolean
      /** Of a log in PostgreSQL: how many streams have entries. */
      readonly streams?: number
      /** Of a log in PostgreSQL: the logins that have written it, in order. */
      readonly writers?: readonly string[]
    }
  | ({
      readonly ok: false
      /** The file and the line that it was found at, where there is one. */
      readonly path?: string
      readonly line?: number
      /** The damage of further streams. */
      readonly others?: readonly StreamDamage[]
    } & Omit<StreamDamage, 'stream' | 'writer'> &
      Partial<Pick<StreamDamage, 'stream' | 'writer'>>)
