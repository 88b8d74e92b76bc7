import { secret } from '../../secret.ts'

export function isKey(presented: Buffer): boolean {
  return Buffer.compare(presented, Buffer.from(secret.expose(), 'hex')) === 0
}
