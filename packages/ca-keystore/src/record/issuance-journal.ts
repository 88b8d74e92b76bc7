import { createHash } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { SecretError } from '@rekey/secret'
import { replaceFile } from '@rekey/secret/internal/files'
import { SegmentFile, type SegmentSize } from './segment-file.ts'
import { readProtectedFile } from '../protected-files.ts'
import { listSegments, readSegment, reservedTwice } from './read-segment.ts'

const MAX_BYTES = 64 * 1024 * 1024

const listOf = (path: string) => `${path}.serials`

/** A serial, and the certificate that it is for. */
interface Reservation {
  readonly serial: string
  readonly subject: string
  readonly profile: string
  readonly at: Date
}

/** The write-ahead record of the certificates that one process issues. */
export interface IssuanceJournal {
  /**
   * Reserves a serial, durably, before a certificate with it is signed.
   *
   * @throws {SecretError} `refused` for a serial that was reserved before: the random generator repeats itself; `forbidden`,
   *   `unreachable` if it cannot be written; `malformed` or `conflict` for a record that is not sound. Then nothing may be signed
   */
  reserve(reservation: Reservation): Promise<void>
  /** Adds the certificate, durably, before it is handed out. Throws as {@link IssuanceJournal.reserve}. */
  signed(serial: string, certificate: string): Promise<void>
  /** Notes that no certificate has the serial. Never throws: after a crash the same is concluded. */
  voided(serial: string): Promise<void>
  close(): Promise<void>
}

/** Creates the journal of the keystore in `directory`. It reads and writes with the first certificate. */
export function createIssuanceJournal(directory: string, size: SegmentSize = {}): IssuanceJournal {
  const segment = new SegmentFile(directory, 'issued', size)
  let known: Promise<Set<string>> | undefined
  const readKnown = async () => {
    try {
      return await readKnownSerials(directory)
    } catch (error) {
      known = undefined
      throw error
    }
  }
  return {
    async reserve({ serial, subject, profile, at }) {
      const serials = await (known ??= readKnown())
      if (serials.has(serial)) throw repeated(serial)
      serials.add(serial)
      await segment.append({ reserved: serial, subject, profile, at: at.toISOString() })
    },
    signed: (serial, certificate) => segment.append({ signed: serial, certificate }),
    async voided(serial) {
      await segment.append({ void: serial }).catch(() => undefined)
    },
    close: () => segment.close(),
  }
}

function repeated(serial: string): SecretError {
  const message = `the serial ${serial} was given before, so the random generator of this machine repeats itself: issue nothing there until it is mended`
  return new SecretError('refused', message, { reason: 'serial', serial })
}

/**
 * Reads every serial that was reserved in the record of a keystore. Of a segment to which no line will be added only a list beside it is read,
 * `NAME.serials`, which is made here: so a start costs 41 bytes for each certificate of earlier processes. A list that is
 * missing, cut, or not of the segment as it is, is made again.
 *
 * @throws {SecretError} as `readIssuances`
 */
async function readKnownSerials(directory: string): Promise<Set<string>> {
  const known = new Set<string>()
  for (const path of await listSegments(directory, 'issued')) {
    for (const serial of (await readList(path)) ?? (await listAnew(path))) {
      if (known.has(serial)) throw reservedTwice(path, serial)
      known.add(serial)
    }
  }
  return known
}

async function listAnew(path: string): Promise<readonly string[]> {
  const { size } = await lstat(path)
  const { lines, isClosed } = await readSegment(path)
  const serials = lines.flatMap((line) => ('reserved' in line ? [line.reserved] : []))
  // One that grew meanwhile was not closed.
  if (isClosed) {
    const text = serials.map((serial) => `${serial}\n`).join('')
    await replaceFile(listOf(path), headOf(size, text) + text)
  }
  return serials
}

/** The first line of a list, before a serial a line. */
function headOf(size: number, serials: string): string {
  return `${size} ${createHash('sha256').update(serials).digest('hex')}\n`
}

async function readList(path: string): Promise<readonly string[] | undefined> {
  const text = await readProtectedFile(listOf(path), 'key', MAX_BYTES).catch((error: unknown) => {
    if (error instanceof SecretError && error.code === 'missing') return undefined
    throw error
  })
  if (text === undefined) return undefined
  const serials = text.slice(text.indexOf('\n') + 1)
  const { size } = await lstat(path)
  const isWhole = text === headOf(size, serials) + serials
  return isWhole ? serials.split('\n').slice(0, -1) : undefined
}
