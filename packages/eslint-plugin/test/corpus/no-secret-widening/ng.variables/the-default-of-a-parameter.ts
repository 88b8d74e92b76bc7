import { Secret } from '../../secret.ts'
const fallback = Secret.of('RANDOM_ALNUM_24', 'DATABASE_FRONTEND')
export function connect(host: string, password: unknown = fallback) {
  return { host, password }
}
