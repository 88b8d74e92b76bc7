import { isUtf8 } from 'node:buffer'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileError, ifMissing } from '@rekey/secret/internal/files'
import { readLines } from '../read-lines.ts'
import { MAX_LINE_BYTES } from '../audit-entry.ts'

/** The most bytes of a signed line. */
export const MAX_SIGNED_BYTES = MAX_LINE_BYTES + 256

const SEGMENT = /^audit-(\d{12})\.jsonl$/

/** Names the file of a log that begins with the entry `first`. */
export function segmentPath(directory: string, first: number): string {
  return join(directory, `audit-${String(first).padStart(12, '0')}.jsonl`)
}

/**
 * Lists the files of a log by their first entry, in order.
 *
 * @throws {SecretError} `forbidden`, `unreachable`
 */
export async function listSegments(directory: string): Promise<readonly number[]> {
  try {
    const names = (await readdir(directory).catch(ifMissing)) ?? []
    const firsts = names.flatMap((name) => SEGMENT.exec(name)?.[1] ?? [])
    return firsts.map(Number).sort((a, b) => a - b)
  } catch (error) {
    throw fileError(error, directory)
  }
}

/** A line of a log with its place. */
export interface LogLine {
  readonly text: string
  /** Whether its line end is there. */
  readonly ended: boolean
  readonly path: string
  /** In its file, counted from 1. */
  readonly line: number
}

/**
 * Reads the lines of all files of a log, in order.
 *
 * @throws {SecretError} `missing`, `forbidden`, `unreachable`
 */
export async function* readLogLines(directory: string): AsyncGenerator<LogLine> {
  for (const first of await listSegments(directory)) {
    const path = segmentPath(directory, first)
    let line = 0
    for await (const { bytes, ended } of readLines(path, MAX_SIGNED_BYTES)) {
      line += 1
      yield { text: textOf(bytes), ended, path, line }
    }
  }
}

/** The text of a line; none for what is no UTF-8, which a lenient decoder would take for another line. */
export function textOf(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : ''
}
