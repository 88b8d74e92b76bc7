import { secret } from '../../secret.ts'
export function fields() {
  const parsed: unknown = JSON.parse(secret.expose())
  return typeof parsed === 'object' && parsed !== null ? Object.keys(parsed) : []
}
