import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SecretError } from '@rekey/secret'
import { ifMissing, isGone, parseLockHolder } from '@rekey/secret/files'
import { z } from 'zod'
import { readProtectedFile } from '../protected-files.ts'
import { RECORD_DIRECTORY } from './segment-file.ts'

/** A serial that a CA has reserved for a certificate, and what became of it. */
export interface Issuance {
  /** 40 lower-case hexadecimal digits. */
  readonly serial: string
  /** The common name. */
  readonly subject: string
  readonly profile: string
  readonly reservedAt: Date
  /**
   * `reserved`: a running process is signing; `void`: never signed, and never will be; `signed`: not known to be on record;
   * `recorded`: in the log
   */
  readonly state: 'reserved' | 'void' | 'signed' | 'recorded'
  /** PEM, once it is signed. */
  readonly certificate?: string
  /** Of the entry in the log, once it is recorded. */
  readonly index?: number
}

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
])

type Line = z.output<typeof LINE>

const MAX_BYTES = 1024 * 1024 * 1024

/**
 * Reads the record of a keystore: each serial that was reserved, by any process, in no order. The end of a line that a process was
 * killed in is left out.
 *
 * @throws {SecretError} `malformed` for a line that is none, `conflict` for a serial that was reserved twice; `forbidden`, `refused`,
 *   `unreachable` for files
 * @example
 * ```ts
 * const left = (await readIssuances('/var/lib/vpn-ca')).filter(({ state }) => state === 'signed')
 * ```
 */
export async function readIssuances(directory: string): Promise<Issuance[]> {
  const folder = join(directory, RECORD_DIRECTORY)
  const names = (await readdir(folder).catch(ifMissing)) ?? []
  const issuances = new Map<string, Issuance>()
  const files = await Promise.all(names.toSorted().map((name) => readSegment(join(folder, name))))
  for (const { path, lines, isOver } of files) {
    for (const line of lines) {
      if (!('reserved' in line)) continue
      const { reserved, at, subject, profile } = line
      if (issuances.has(reserved)) throw reservedTwice(path, reserved)
      const state = isOver ? 'void' : 'reserved'
      issuances.set(reserved, { serial: reserved, subject, profile, reservedAt: at, state })
    }
  }
  for (const line of files.flatMap(({ lines }) => lines)) change(issuances, line)
  return [...issuances.values()]
}

/** `recorded` may be in a file before that of `signed`. */
function change(issuances: Map<string, Issuance>, line: Line): void {
  const update = (id: string, changes: Partial<Issuance>) => {
    const known = issuances.get(id)
    if (known !== undefined) issuances.set(id, { ...known, ...changes })
  }
  if ('signed' in line) {
    const isRecorded = issuances.get(line.signed)?.state === 'recorded'
    const { certificate } = line
    update(line.signed, { certificate, ...(!isRecorded && { state: 'signed' }) })
  }
  // A certificate whose line was written but not synced was not handed out, and may still survive.
  if ('void' in line && issuances.get(line.void)?.certificate === undefined) {
    update(line.void, { state: 'void' })
  }
  if ('recorded' in line) update(line.recorded, { state: 'recorded', index: line.index })
}

async function readSegment(path: string) {
  const text = await readProtectedFile(path, 'key', MAX_BYTES)
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  const lines = whole
    .split('\n')
    .slice(0, -1)
    .map((line, at) => parseLine(path, line, at + 1))
  const [first] = lines
  const isOver =
    first === undefined || !('holder' in first) || isGone(parseLockHolder(first.holder))
  return { path, lines, isOver }
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

function reservedTwice(path: string, id: string): SecretError {
  const message = `the serial ${id} was reserved twice, again in ${path}: check the random generator of this machine, and revoke both`
  return new SecretError('conflict', message, { path, serial: id, reason: 'serial' })
}
