import { type Line, listSegments, readSegment, reservedTwice } from './read-segment.ts'

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
  const issuances = new Map<string, Issuance>()
  const paths = await listSegments(directory, 'issued', 'on-record')
  const files = await Promise.all(paths.map((path) => readSegment(path)))
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
