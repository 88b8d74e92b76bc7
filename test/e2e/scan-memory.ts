import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** A region of memory, from /proc/PID/maps (proc(5)). */
const REGION = /^([0-9a-f]+)-([0-9a-f]+) r/
const CHUNK = 16 * 1024 * 1024

/** The ways in which bytes are written that a search must know. */
export function encodingsOf(bytes: Buffer): ReadonlyMap<string, Buffer> {
  const hex = bytes.toString('hex')
  const texts = new Map([
    ['hex', hex],
    ['upper-case hex', hex.toUpperCase()],
    // Whatever stands before it moves the groups of base64: the inner part of each alignment stays the same.
    ...[0, 1, 2].map((shift) => {
      const padded = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64')
      return [`base64 ${shift}`, padded.slice(shift === 0 ? 0 : 4, -4)] as const
    }),
    ['base64url', bytes.toString('base64url')],
    ['reversed text', bytes.toString('latin1').split('').reverse().join('')],
  ])
  const found = new Map([
    ['bytes', bytes],
    ['UTF-16', Buffer.from(bytes.toString('latin1'), 'utf16le')],
  ])
  for (const [name, text] of texts) found.set(name, Buffer.from(text, 'latin1'))
  return found
}

/** How often each pattern is in the memory of a process of the same user, read through /proc/PID/mem. */
export function countInMemory(
  pid: number,
  patterns: ReadonlyMap<string, Buffer>,
): Record<string, number> {
  const counts: Record<string, number> = {}
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const overlap = Math.max(...Array.from(patterns.values(), ({ length }) => length)) - 1
  const chunk = Buffer.allocUnsafeSlow(CHUNK)
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const [, from = '', to = ''] = REGION.exec(line) ?? []
    if (from === '' || line.includes('[vvar')) continue
    const end = BigInt(`0x${to}`)
    for (let at = BigInt(`0x${from}`); at < end;) {
      const wanted = Math.min(CHUNK, Number(end - at))
      const length = readAt(memory, chunk, wanted, at)
      if (length === 0) break
      const part = chunk.subarray(0, length)
      for (const [name, pattern] of patterns) {
        // What lies in the overlap as a whole is counted with the next chunk.
        const isLast = at + BigInt(length) >= end || length <= overlap
        const limit = isLast ? length : length - overlap
        for (let hit = part.indexOf(pattern); hit !== -1 && hit < limit;) {
          counts[name] = (counts[name] ?? 0) + 1
          hit = part.indexOf(pattern, hit + 1)
        }
      }
      at += BigInt(at + BigInt(length) >= end || length <= overlap ? length : length - overlap)
    }
  }
  closeSync(memory)
  return counts
}

/** Some regions cannot be read, such as those that a device maps. */
function readAt(memory: number, chunk: Buffer, length: number, at: bigint): number {
  try {
    return readSync(memory, chunk, 0, length, at)
  } catch {
    return 0
  }
}
