import { Secret, secret } from '../../secret.ts'
function isSecret(value: unknown): value is Secret {
  return value instanceof Secret
}
export const answer = isSecret(secret)
