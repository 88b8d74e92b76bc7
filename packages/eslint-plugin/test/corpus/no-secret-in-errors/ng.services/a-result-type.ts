import { secret } from '../../secret.ts'
import { ValidationError } from './validation-error.ts'
export async function parse(text: string) {
  const parsed = JSON.parse(text)
  if (parsed.key !== secret.expose()) {
    return {
      ok: false,
      error: new ValidationError(`got ${parsed.key}, expected ${secret.expose()}`),
    }
  }
  return { ok: true, parsed }
}
