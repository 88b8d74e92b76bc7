import type { Duplex } from 'node:stream'

/** The most bytes of one frame: an order for a revocation list of 100,000 certificates has 11 MB. */
export const MAX_FRAME_BYTES: number = 32 * 1024 * 1024

const LENGTH_BYTES = 4

/** Writes `content` as JSON in UTF-8 with its length in bytes before it (32 bits, big-endian). */
export function writeFrame(channel: Duplex, content: unknown): void {
  const json = JSON.stringify(content)
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + Buffer.byteLength(json))
  frame.writeUInt32BE(frame.length - LENGTH_BYTES)
  frame.write(json, LENGTH_BYTES)
  channel.write(frame)
}

/**
 * Reads frames until the channel ends or has been cut.
 *
 * @param take called with each; if it throws, nothing more is read
 * @throws {RangeError} for a frame that is empty or above {@link MAX_FRAME_BYTES}, before any of it is kept
 * @throws {SyntaxError} for one that is not JSON
 */
export async function readFrames(channel: Duplex, take: (content: unknown) => void): Promise<void> {
  let parts: Buffer[] = []
  let bytes = 0
  for await (const part of channel as AsyncIterable<Buffer>) {
    parts.push(part)
    bytes += part.length
    // A long frame comes in many parts, which are joined when it is complete.
    while (bytes >= LENGTH_BYTES) {
      const length = LENGTH_BYTES + checkedLength(parts)
      if (bytes < length) break
      const whole = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
      const rest = whole.subarray(length)
      take(JSON.parse(whole.toString('utf8', LENGTH_BYTES, length)))
      parts = rest.length === 0 ? [] : [rest]
      bytes = rest.length
    }
  }
}

function checkedLength(parts: Buffer[]): number {
  while ((parts[0]?.length ?? LENGTH_BYTES) < LENGTH_BYTES) {
    parts.splice(0, 2, Buffer.concat(parts.slice(0, 2)))
  }
  const length = parts[0]?.readUInt32BE() ?? 0
  if (length === 0 || length > MAX_FRAME_BYTES) throw new RangeError('frame length')
  return length
}
