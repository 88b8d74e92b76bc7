import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { ifMissing, isGone, parseLockHolder } from '@rekey/secret/files'
import { z } from 'zod'
import { readProtectedFile } from '../protected-files.ts'
import { RECORD_DIRECTORY } from './segment-file.ts'

const serial = z.string().regex(/^[0-9a-f]{40}$/)

const LINE = z.union([
  z.strictObject({ holder: z.string() }),
  z.strictObject({
    reserved: serial,
    subject: z.string(),
    profile: z.string(),
    at: z.iso.datetime().transform((text) => new Date(text)),
  }),
  z.strictObject({ signed: serial, certificate: z.string() }),
  z.strictObject({ void: serial }),
  z.strictObject({ recorded: serial, index: z.number().int().nonnegative() }),
  z.strictObject({ closed: z.literal(true) }),
])

/** A line of a segment. */
export type Line = z.output<typeof LINE>

/** A segment as far as it is written. */
export interface Segment {
  readonly path: string
  readonly lines: readonly Line[]
  /** Characters up to the end of the last whole line. */
  readonly end: number
  /** Whether its process is gone. */
  readonly isOver: boolean
  /** Whether no line will be added. */
  readonly isClosed: boolean
}

const MAX_BYTES = 1024 * 1024 * 1024

/** Lists the segments of a record with one of the suffixes, the oldest first. */
export async function listSegments(
  directory: string,
  ...suffixes: readonly string[]
): Promise<string[]> {
  const folder = join(directory, RECORD_DIRECTORY)
  const names = (await readdir(folder).catch(ifMissing)) ?? []
  const isOne = (name: string) => suffixes.some((suffix) => name.endsWith(`.${suffix}`))
  return names
    .filter(isOne)
    .toSorted()
    .map((name) => join(folder, name))
}

/**
 * Reads a segment. The end of a line that a process was killed in is left out.
 *
 * @param start characters that were read before
 * @throws {SecretError} `malformed` for a line that is none; `forbidden`, `refused`, `unreachable` for the file
 */
export async function readSegment(path: string, start = 0): Promise<Segment> {
  const text = await readProtectedFile(path, 'key', MAX_BYTES)
  const end = text.lastIndexOf('\n') + 1
  const texts = text.slice(start, end).split('\n').slice(0, -1)
  const lines = texts.map((line, at) => parseLine(path, line, at + 1))
  const first = end === 0 ? undefined : parseLine(path, text.slice(0, text.indexOf('\n')), 1)
  const isOver =
    first === undefined || !('holder' in first) || isGone(parseLockHolder(first.holder))
  const last = lines.at(-1)
  return { path, lines, end, isOver, isClosed: isOver || (last !== undefined && 'closed' in last) }
}

function parseLine(path: string, text: string, line: number): Line {
  try {
    return LINE.parse(JSON.parse(text))
  } catch {
    // Messages of both parsers quote the line.
    const message = `line ${line} of ${path} is no line of a record of issued certificates: restore the file, and report who changed it`
    throw new SecretError('malformed', message, { path, line })
  }
}

/** The failure of a serial that is in the record twice. */
export function reservedTwice(path: string, id: string): SecretError {
  const message = `the serial ${id} was reserved twice, again in ${path}: check the random generator of this machine, and revoke both`
  return new SecretError('conflict', message, { path, serial: id, reason: 'serial' })
}
