import { createHash } from 'node:crypto'

/** The greatest share of its time by which a secret is due earlier. */
const SPREAD = 0.1
const HASH_BYTES = 4

/**
 * How much of its time a secret may live: from 0.9 to 1, always the same for one name and evenly spread over names. So secrets
 * that were made together are not due together, and none lives longer than its policy says.
 */
export function shareOfTime(name: string): number {
  const hash = createHash('sha256').update(name).digest()
  return 1 - (SPREAD * hash.readUInt32BE()) / 2 ** (8 * HASH_BYTES)
}
