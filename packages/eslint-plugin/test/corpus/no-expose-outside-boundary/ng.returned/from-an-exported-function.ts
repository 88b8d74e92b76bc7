// @reports returned
import { secret } from '../../secret.ts'
export function getApiKey(): string {
  return secret.expose()
}
