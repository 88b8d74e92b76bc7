// @reports kept
import { secret } from '../../secret.ts'
export function sign(data: string) {
  return data.length + sign.key.length
}
sign.key = secret.expose()
