import { createHash } from 'node:crypto'

export function isUnchanged(file: Buffer, digest: string): boolean {
  return createHash('sha256').update(file).digest('hex') === digest
}
