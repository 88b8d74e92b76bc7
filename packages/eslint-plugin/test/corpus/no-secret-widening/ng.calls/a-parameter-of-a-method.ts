// @typed
import { secret } from '../../secret.ts'
interface Cache {
  put(key: string, value: any): void
}
export function warm(cache: Cache) {
  cache.put('oidc', secret)
}
