import { secret } from '../../secret.ts'

export function verify(presented: unknown) {
  if (presented == secret.expose()) return true
  throw new Error('denied')
}
