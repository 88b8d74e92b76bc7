import { createHmac } from 'node:crypto'
import type { SecretVersion } from '../../secret.ts'
export function createSigner(live: { current: SecretVersion }) {
  return (data: string) =>
    createHmac('sha256', live.current.value.expose()).update(data).digest('hex')
}
