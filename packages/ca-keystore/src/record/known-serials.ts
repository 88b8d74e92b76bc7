import { createHash } from 'node:crypto'
import { lstat } from 'node:fs/promises'
import { replaceFile } from '@rekey/secret/internal/files'
import { SecretError } from '@rekey/secret'
import { readProtectedFile } from '../protected-files.ts'
import { listSegments, readSegment, reservedTwice } from './read-segment.ts'

const MAX_BYTES = 64 * 1024 * 1024

/**
 * Reads every serial that was reserved in the record of a keystore. Of a segment to which no line will be added only a list beside it is read,
 * `NAME.serials`, which is made here: so a start costs 41 bytes for each certificate of earlier processes. A list that is
 * missing, cut, or not of the segment as it is, is made again.
 *
 * @throws {SecretError} as `readIssuances`
 */
export async function readKnownSerials(directory: string): Promise<Set<string>> {
  const known = new Set<string>()
  for (const path of await listSegments(directory, 'issued')) {
    for (const serial of (await readList(path)) ?? (await listAnew(path))) {
      if (known.has(serial)) throw reservedTwice(path, serial)
      known.add(serial)
    }
  }
  return known
}

const listOf = (path: string) => `${path}.serials`

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
