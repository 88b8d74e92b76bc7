import { secret } from '../../secret.ts'
function hold<T>(value: T): () => T {
  return () => value
}
export const held = hold(secret)
