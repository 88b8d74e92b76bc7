// @reports kept
import type { SecretVersion } from '../../secret.ts'
class TokenCache {
  #size = 0
  set(_key: string, _token: string) {
    this.#size += 1
  }
}
const cache = new TokenCache()
export const warm = ({ version, value }: SecretVersion) => {
  cache.set(version, value.expose())
}
