import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { ifMissing, isGone, parseLockHolder } from '@rekey/secret/internal/files'
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
  /** How many lines are between the first and this one; absent in older segments. */
  z.strictObject({ closed: z.literal(true), lines: z.number().int().nonnegative().optional() }),
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

/** The most bytes of a segment. */
export const MAX_SEGMENT_BYTES: number = 1024 * 1024 * 1024

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
  const text = await readProtectedFile(path, 'key', MAX_SEGMENT_BYTES)
  const end = text.lastIndexOf('\n') + 1
  const texts = text.slice(start, end).split('\n').slice(0, -1)
  const lines = texts.map((line, at) => parseLine(path, line, at + 1))
  const first = end === 0 ? undefined : parseLine(path, text.slice(0, text.indexOf('\n')), 1)
  const isOver =
    first === undefined || !('holder' in first) || isGone(parseLockHolder(first.holder))
  const last = lines.at(-1)
  const isCounted = last !== undefined && 'closed' in last && last.lines !== undefined
  // The first line is of its process, the last one closes it.
  if (isCounted && countLines(text) - 2 !== last.lines) throw cut(path)
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

function countLines(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1
  return count
}

function cut(path: string): SecretError {
  const message = `${path} has not as many lines as it was closed with: restore it, and report who changed it`
  return new SecretError('malformed', message, { path, reason: 'record-cut' })
}

/** The failure of a serial that is in the record twice. */
export function reservedTwice(path: string, id: string): SecretError {
  const message = `the serial ${id} was reserved twice, again in ${path}: check the random generator of this machine, and revoke both`
  return new SecretError('conflict', message, { path, serial: id, reason: 'serial' })
}
