import { secret } from '../../secret.ts'
export function explain(error: Error) {
  Object.assign(error, { request: { key: secret.expose() } })
  throw error
}
