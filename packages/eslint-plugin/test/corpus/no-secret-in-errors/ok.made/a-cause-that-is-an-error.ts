import { secret } from '../../secret.ts'
declare function connect(key: string): void
try {
  connect(secret.expose())
} catch (cause) {
  throw new Error('no connection', { cause })
}
