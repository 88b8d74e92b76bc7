// @reports kept
import { secret } from '../../secret.ts'
Object.assign(globalThis, { started: true })
export function start() {
  ;(globalThis as { apiKey?: string }).apiKey = secret.expose()
}
