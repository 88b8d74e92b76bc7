import { type ByteRuns, DecodedBytes } from './decoded-bytes.ts'
import { partsOf, type Reading } from './reading.ts'

/** Reads of the decoded bytes those runs that may be text, which may spell something. */
export function textOf(bytes: ByteRuns): Reading | undefined {
  if (!(bytes instanceof DecodedBytes)) return bytes
  const { length, runs } = bytes
  const texts: { start: number; end: number }[] = []
  for (let i = 0; i < runs.length; i += 1) {
    const start = runs[i] ?? 0
    const end = runs[i + 1] ?? length
    if (looksLikeText(bytes.bytes, start, end)) texts.push({ start, end })
  }
  if (texts.length === 0) return undefined
  if (texts.length === runs.length) return bytes
  return partsOf(bytes, texts)
}

const SAMPLE = 24
/** After the last byte that digits print there are no more bytes than these, of the digits that fill up. */
const MOST_FILLED = 11

/** Whether decoded bytes may be text: of random ones one run in ten thousand is, or of short ones one in ten. */
function looksLikeText(bytes: Uint8Array, start: number, end: number): boolean {
  const last = end - MOST_FILLED
  const middle = (start + last) >>> 1
  return (
    isSampleOfText(bytes, start, Math.min(start + SAMPLE, last)) &&
    isSampleOfText(bytes, middle, Math.min(middle + SAMPLE, last)) &&
    isSampleOfText(bytes, Math.max(start, last - SAMPLE), last)
  )
}

function isSampleOfText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (isControl(bytes[at] ?? 0)) return false
  return true
}

function isControl(code: number): boolean {
  return code < 0x20 && (code < 0x09 || code > 0x0d)
}
