import { secret } from '../../secret.ts'

export function check(presented: Buffer): boolean {
  const key = Buffer.from(secret.expose())
  for (let at = 0; at < key.length; at++) {
    if (key[at] !== presented[at]) return false
  }
  return key.length === presented.length
}
