// @typed
import { secret } from '../../secret.ts'
export function connect({ host, password = secret }: { host: string; password?: unknown }) {
  return [host, password]
}
