import { constants } from 'node:fs'
import { type FileHandle, lstat, open } from 'node:fs/promises'

/** One reading of the file to which a VPN server appends a line for each use of a profile. */
export interface UsesReading {
  /** When the newest of each serial was, in milliseconds since 1970. */
  readonly uses: ReadonlyMap<string, number>
  /**
   * The time of the first line, in milliseconds since 1970: all uses from then on are in the file. After lines that cannot be read, which may have been
   * uses, of the first line behind them. Undefined if there is none.
   */
  readonly sinceMs: number | undefined
  /** Lines that are no use and no start, and those of the future. */
  readonly skipped: number
}

/** The uses to take from a file. */
export interface UsesQuery {
  /** Uses before that are known. */
  readonly afterMs: number
  /** The time of the reader. */
  readonly nowMs: number
  /** Default 8 MiB, which is 118,000 lines. Of a larger file the end is read. */
  readonly mostBytes?: number
}

/** How far the clock of a VPN server may be ahead. */
export const SKEW_MS = 300_000

const MOST_BYTES = 8 * 1_024 * 1_024
/** A line is no longer: ten digits, a blank, 59 characters of a serial, with room for a later century. */
const LONGEST = 80
const LINE = /^(\d{1,11}) (start|[\da-f]{2}(?::[\da-f]{2}){19})$/
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * Reads a file and the one that it was rotated to, `NAME.1`, in time and memory that grow with their size up to the limit.
 *
 * @returns undefined if there is no such file
 * @throws {Error} with the code of Node.js, `ELOOP` for a symbolic link, or `ENOTFILE` for what is no file
 */
export async function readUses(path: string, query: UsesQuery): Promise<UsesReading | undefined> {
  // In this order: what is rotated in between is read twice, not never.
  const now = await readOne(path, query, false)
  if (now === undefined || now.isCut) return now
  const before = await readOne(`${path}.1`, query, true)
  if (before === undefined) return now
  const uses = new Map(before.uses)
  for (const [serial, atMs] of now.uses) keepNewest(uses, serial, atMs)
  const sinceMs = now.skipped > 0 ? now.sinceMs : (before.sinceMs ?? now.sinceMs)
  return { uses, sinceMs, skipped: before.skipped + now.skipped }
}

interface OneReading extends UsesReading {
  /** Only its end was read. */
  readonly isCut: boolean
}

async function readOne(
  path: string,
  query: UsesQuery,
  isClosed: boolean,
): Promise<OneReading | undefined> {
  const handle = await open(path, FLAGS).catch(ifMissing)
  if (handle === undefined) return undefined
  try {
    return await readHandle(handle, query, isClosed)
  } finally {
    await handle.close()
  }
}

async function readHandle(
  handle: FileHandle,
  query: UsesQuery,
  isClosed: boolean,
): Promise<OneReading> {
  const { mostBytes = MOST_BYTES, afterMs, nowMs } = query
  const stats = await handle.stat()
  if (!stats.isFile()) throw Object.assign(new Error('it is no file'), { code: 'ENOTFILE' })
  const start = Math.max(0, stats.size - mostBytes)
  const uses = new Map<string, number>()
  let sinceMs: number | undefined
  let skipped = 0
  const isCut = start > 0
  const lines = linesOf(handle, { start, end: stats.size, isClosed })
  for await (const line of lines) {
    const [, seconds, event = ''] = LINE.exec(line) ?? []
    const atMs = Number(seconds) * 1_000
    if (seconds === undefined || atMs > nowMs + SKEW_MS) {
      skipped += 1
      sinceMs = undefined
      continue
    }
    sinceMs ??= atMs
    if (event !== 'start' && atMs > afterMs) keepNewest(uses, event.replaceAll(':', ''), atMs)
  }
  return { uses, sinceMs, skipped, isCut }
}

/** The whole lines; of one that is too long, its beginning. What follows the last end of a line is not whole yet, unless the file is closed. */
async function* linesOf(
  handle: FileHandle,
  { start, end, isClosed }: { start: number; end: number; isClosed: boolean },
): AsyncGenerator<string> {
  if (end === start) return
  let rest = ''
  let isFirst = start > 0
  const chunks = handle.createReadStream({
    start,
    end: end - 1,
    encoding: 'latin1',
    autoClose: false,
  })
  for await (const chunk of chunks as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = (lines.pop() ?? '').slice(0, LONGEST)
    for (const line of lines) {
      if (!isFirst) yield line.slice(0, LONGEST)
      isFirst = false
    }
  }
  if (isClosed && rest !== '') yield rest
}

function keepNewest(uses: Map<string, number>, serial: string, atMs: number): void {
  if ((uses.get(serial) ?? 0) < atMs) uses.set(serial, atMs)
}

/**
 * Reads when a file was last written, and nothing of its content: the status of a VPN server names people and addresses, and may be readable to the
 * server alone.
 *
 * @returns milliseconds since 1970; undefined if there is no such file
 */
export async function readMoment(path: string): Promise<number | undefined> {
  const stats = await lstat(path).catch(ifMissing)
  return stats?.isFile() === true ? stats.mtimeMs : undefined
}

function ifMissing(error: unknown): undefined {
  const { code } = error as { readonly code?: unknown }
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error
}
