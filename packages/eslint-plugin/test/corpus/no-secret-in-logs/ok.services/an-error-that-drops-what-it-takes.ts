import { secret } from '../../secret.ts'
class KeyError extends Error {
  constructor(key: string) {
    super(`a key of ${key.length} characters`)
  }
}
console.error(new KeyError(secret.expose()))
