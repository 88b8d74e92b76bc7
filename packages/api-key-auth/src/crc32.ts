/** CRC-32 as in ISO 3309 and RFC 1952 §8 (reflected polynomial 0xEDB88320), one entry per byte value. */
const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

/**
 * The CRC-32 (0..2^32-1) of the first `end` characters of `text`, or NaN if one of them is not ASCII. At a key's length
 * this takes less time than `zlib.crc32`, which has to cross into native code and needs a substring.
 */
export function crc32(text: string, end: number): number {
  let crc = -1
  let allBits = 0
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i)
    allBits |= code
    crc = (TABLE[(crc ^ code) & 0xff] ?? 0) ^ (crc >>> 8)
  }
  return allBits > 0x7f ? NaN : ~crc >>> 0
}
