import { createHmac } from 'node:crypto'

export function verify(payload: Buffer, signature: Buffer, key: string): boolean {
  const mac = createHmac('sha512', key).update(payload).digest()
  return mac.equals(signature)
}
