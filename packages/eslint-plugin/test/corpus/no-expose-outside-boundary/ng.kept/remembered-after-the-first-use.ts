// @reports kept
import { secret } from '../../secret.ts'
let cached: string | undefined
export async function call(url: string) {
  cached ??= secret.expose()
  await fetch(url, { headers: { authorization: cached } })
}
