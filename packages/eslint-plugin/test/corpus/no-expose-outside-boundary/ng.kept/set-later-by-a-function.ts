// @reports kept
import { secret } from '../../secret.ts'
let apiKey: string | undefined
export function start() {
  apiKey = secret.expose()
}
export const isStarted = () => apiKey !== undefined
