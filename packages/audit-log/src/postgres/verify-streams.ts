import { SecretError } from '@rekey/secret'
import type { SqlClient } from '@rekey/secret/kind'
import type { AuditEntry } from '../audit-entry.ts'
import type { CheckpointMark } from '../signed/audit-checkpoint.ts'
import { findDamage } from '../signed/find-damage.ts'
import type { SignedLogDamage, SignedLogVerdict, StreamDamage } from '../signed/log-verdict.ts'
import {
  isSignedAfter,
  NO_SIGNED_HEAD,
  parseSigned,
  type SignedEntry,
  type SignedHead,
  signedHeadAfter,
} from '../signed/signed-entry.ts'
import {
  readBeyond,
  readEnds,
  readFirstLines,
  readStream,
  readStreamLines,
  type StreamEnd,
  type StreamLine,
} from './postgres-source.ts'

/** An end of a stream as the tables, a first line of another stream or a checkpoint state it. */
type StreamMark = Pick<CheckpointMark, 'seq' | 'hash' | 'key'> & { readonly stream: number }

/** A stream while it is verified. */
interface Stream {
  /** Undefined for one that the tables do not have. */
  readonly end: StreamEnd | undefined
  /** By the number of their line, each once: any writer may state an end again and again. */
  readonly marks: Map<number, StreamMark[]>
  /** The ends of other streams that its first line states, if that is sound. */
  stated: readonly StreamMark[]
  head: SignedHead
  damage?: StreamDamage
}

/** Verifies the streams of a log in the tables of `auditTablesSql`: each chain by itself, and their ends by each other. */
export async function verifyStreams(
  database: SqlClient,
  checkpoints: readonly CheckpointMark[],
  onEntry: (entry: AuditEntry) => void,
): Promise<SignedLogVerdict> {
  const verified = new Streams(database, await readEnds(database))
  if (checkpoints.some(({ log }) => log !== verified.log)) {
    return { ok: false, entries: 0, entry: 1, reason: 'replaced' }
  }
  const marks = checkpoints.map(({ stream = 0, ...mark }) => ({ ...mark, stream }))
  await verified.mark(marks)
  await verified.verifyLines(onEntry)
  return verified.verdict(marks)
}

class Streams {
  readonly log: string | undefined
  readonly #database: SqlClient
  readonly #streams = new Map<number, Stream>()
  #last: SignedHead = NO_SIGNED_HEAD

  constructor(database: SqlClient, ends: readonly StreamEnd[]) {
    this.#database = database
    for (const end of ends) this.#streams.set(end.stream, newStream(end))
    this.log = this.#streams.get(0)?.end?.log ?? undefined
  }

  /** Collects the ends that first lines and checkpoints state. */
  async mark(checkpoints: readonly StreamMark[]): Promise<void> {
    for await (const line of readFirstLines(this.#database)) {
      const signed = parseSigned(line.text)
      if (signed === undefined || !isSignedAfter(line.text, signed, NO_SIGNED_HEAD)) continue
      if (this.#isForeign(line, signed)) continue
      this.#at(line.stream).stated = parseHeads(signed.entry.details?.['heads'])
    }
    const stated = [...this.#streams.values()].flatMap((stream) => stream.stated)
    for (const mark of [...stated, ...checkpoints]) addMark(this.#at(mark.stream), mark)
  }

  async verifyLines(onEntry: (entry: AuditEntry) => void): Promise<void> {
    for await (const line of readStreamLines(this.#database)) {
      const stream = this.#at(line.stream)
      // What is behind the end was added since that was read.
      if (stream.damage !== undefined || line.seq > (stream.end?.seq ?? 0)) continue
      const signed = parseSigned(line.text)
      const reason = await this.#damageOf(line, signed, stream)
      if (reason !== undefined) damage(stream, line.stream, reason)
      if (reason !== undefined || signed === undefined) continue
      stream.head = this.#last = signedHeadAfter(line.text, signed, stream.head)
      onEntry({ ...signed.entry, stream: line.stream, writer: stream.end?.writer ?? '' })
    }
    const beyond = await readBeyond(this.#database)
    if (beyond !== undefined) this.#blameBeyond(beyond)
    this.#closeOld()
    for (const [number, stream] of this.#streams) {
      const isShort = [...stream.marks.keys()].some((seq) => seq > stream.head.seq)
      if (isShort) damage(stream, number, stream.end === undefined ? 'removed' : 'shortened')
    }
  }

  verdict(checkpoints: readonly StreamMark[]): SignedLogVerdict {
    const damages = [...this.#streams.values()].flatMap((stream) => stream.damage ?? [])
    const [first, ...others] = damages.toSorted((a, b) => a.stream - b.stream)
    if (first !== undefined) return { ok: false, ...first, ...(others.length > 0 && { others }) }
    const used = [...this.#streams.values()].filter(({ head }) => head.seq > 0)
    if (used.length === 0) throw noLog()
    const writers = new Set(used.map(({ end }) => end?.writer ?? ''))
    writers.delete('')
    return {
      ok: true,
      entries: used.reduce((sum, { head }) => sum + head.seq, 0),
      ...(this.log !== undefined && { log: this.log }),
      head: { seq: this.#last.seq, hash: this.#last.hash },
      confirmed: this.#countConfirmed(checkpoints),
      hasKey: true,
      streams: used.length,
      writers: [...writers].toSorted(),
    }
  }

  #at(number: number): Stream {
    const found = this.#streams.get(number) ?? newStream(undefined)
    this.#streams.set(number, found)
    return found
  }

  async #damageOf(
    line: StreamLine,
    signed: SignedEntry | undefined,
    { head, marks }: Stream,
  ): Promise<SignedLogDamage | undefined> {
    const { text } = line
    const lines = () => readStream(this.#database, line.stream)
    const reason = await findDamage({ text, signed, head, lines })
    if (reason !== undefined || signed === undefined) return reason
    if (head.seq === 0 && this.#isForeign(line, signed)) return 'foreign'
    const { seq, hash, publicKey } = signedHeadAfter(text, signed, head)
    const isOther = (mark: StreamMark) =>
      mark.hash !== hash || (mark.key ?? publicKey) !== publicKey
    return marks.get(seq)?.some(isOther) === true ? 'forked' : undefined
  }

  /** Whether the first line of a stream states another place than its row has. The log of an older release has its id from its first key. */
  #isForeign(line: StreamLine, signed: SignedEntry): boolean {
    const { stream } = line
    if (stream === 0) return signedHeadAfter(line.text, signed, NO_SIGNED_HEAD).log !== this.log
    const { end } = this.#at(stream)
    const stated = signed.entry.details ?? {}
    const place = { stream, log: this.log, writer: end?.writer, heads: end?.heads }
    return Object.entries(place).some(([name, value]) => stated[name] !== value)
  }

  #blameBeyond({ stream: number, seq, text }: StreamLine): void {
    const stream = this.#at(number)
    const isAgain = (parseSigned(text)?.entry.seq ?? seq) < seq
    const strange = isAgain ? 'repeated' : 'edited'
    damage(stream, number, stream.end === undefined ? 'removed' : strange)
  }

  /** The log of an older release cannot grow once a stream states its end: who has kept its key could sign further lines. */
  #closeOld(): void {
    const old = this.#at(0)
    const ends = [...this.#streams.values()].flatMap(({ stated }) => stated)
    const closed = ends.find(({ stream, seq }) => stream === 0 && seq < old.head.seq)
    if (closed === undefined) return
    old.head = { ...old.head, seq: closed.seq }
    damage(old, 0, 'forked')
  }

  /** Counts what the checkpoints state, what the first lines of those streams state, and so on. */
  #countConfirmed(checkpoints: readonly StreamMark[]): number {
    const reached = new Map<number, number>()
    const waiting = [...checkpoints]
    for (let mark = waiting.pop(); mark !== undefined; mark = waiting.pop()) {
      const { stream, seq } = mark
      if (!reached.has(stream)) waiting.push(...this.#at(stream).stated)
      reached.set(stream, Math.max(seq, reached.get(stream) ?? 0))
    }
    return [...reached.values()].reduce((sum, seq) => sum + seq, 0)
  }
}

function newStream(end: StreamEnd | undefined): Stream {
  const stream: Stream = { end, marks: new Map(), stated: [], head: NO_SIGNED_HEAD }
  if (end !== undefined && end.seq > 0) addMark(stream, end)
  return stream
}

function addMark({ marks }: Stream, mark: StreamMark): void {
  const here = marks.get(mark.seq) ?? []
  if (here.some(({ hash, key }) => hash === mark.hash && key === mark.key)) return
  marks.set(mark.seq, [...here, mark])
}

/** The first damage of a stream is the one that is reported. */
function damage(of: Stream, stream: number, reason: SignedLogDamage): void {
  const { seq } = of.head
  of.damage ??= { entries: seq, entry: seq + 1, reason, stream, writer: of.end?.writer ?? '' }
}

function parseHeads(heads: unknown): StreamMark[] {
  if (typeof heads !== 'string' || heads === '') return []
  return heads.split(' ').map((head) => {
    const [stream = '', seq = '', hash = ''] = head.split(':')
    return { stream: Number(stream), seq: Number(seq), hash }
  })
}

function noLog(): SecretError {
  const message =
    'there is no signed audit log in the table audit_line: name the database that it is written to'
  return new SecretError('missing', message)
}
