import { appendFile, open, stat } from 'node:fs/promises'
import { SecretError } from '@rekey/secret'
import { ifMissing } from '@rekey/secret/internal/files'
import { readLines } from '../read-lines.ts'
import type { LogState } from './log-state.ts'
import { MAX_SIGNED_BYTES, segmentPath, textOf } from './segments.ts'
import { isSignedAfter, parseSigned, signedHeadAfter } from './signed-entry.ts'

/**
 * Goes on from a state to the end of its log: an earlier writer may have been killed after its lines were on disk and before the key
 * was replaced. Each such line must be signed by the keys that follow from the state. A last line that was cut is moved to
 * `PATH.torn`: it was never acknowledged as recorded.
 *
 * @throws {SecretError} `conflict` for a log that is shorter than its state, or has lines that no writer with this key has written
 */
export async function resumeLog(directory: string, from: LogState): Promise<LogState> {
  let state = from
  for (;;) {
    state = await resumeSegment(directory, state)
    const next = state.head.seq + 1
    const hasNext = next > state.segment && (await sizeOf(segmentPath(directory, next))) > 0
    if (!hasNext) return state
    state = { ...state, segment: next, bytes: 0 }
  }
}

async function resumeSegment(directory: string, from: LogState): Promise<LogState> {
  const path = segmentPath(directory, from.segment)
  const size = await sizeOf(path)
  if (size < from.bytes) throw meddled(path, 'is shorter than its key file states')
  let state = from
  if (size === from.bytes) return state
  for await (const { bytes, ended } of readLines(path, MAX_SIGNED_BYTES, from.bytes)) {
    if (!ended) {
      await moveAside(path, bytes, state.bytes)
      break
    }
    state = follow(state, bytes, path)
  }
  return state
}

function follow({ head, segment, bytes, key }: LogState, line: Buffer, path: string): LogState {
  const text = textOf(line)
  const signed = parseSigned(text)
  const next = key.next()
  const isOurs =
    signed?.entry.seq === head.seq + 1 &&
    signed.entry.prev === head.hash &&
    signed.next === next.publicKey &&
    isSignedAfter(text, signed, head)
  if (!isOurs) throw meddled(path, `has a line after entry ${head.seq} that its key has not signed`)
  key.wipe()
  return {
    head: signedHeadAfter(text, signed, head),
    segment,
    bytes: bytes + line.length + 1,
    key: next,
  }
}

async function moveAside(path: string, torn: Buffer, size: number): Promise<void> {
  await appendFile(`${path}.torn`, Buffer.concat([torn, Buffer.from('\n')]), {
    mode: 0o600,
    flush: true,
  })
  const handle = await open(path, 'r+')
  try {
    await handle.truncate(size)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(ifMissing))?.size ?? 0
}

function meddled(path: string, problem: string): SecretError {
  const message = `${path} ${problem}: keep its directory as evidence under another name, run rekey audit verify on it, and start a new log`
  return new SecretError('conflict', message, { path })
}
