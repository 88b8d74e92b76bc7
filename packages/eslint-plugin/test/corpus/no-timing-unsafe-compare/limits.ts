// ---- a-presented-key-wrapped-in-a-secret
// missed
import { Secret, secret } from '../../secret.ts'

export function check(header: string): boolean {
  const presented = Secret.of(header, 'presented')
  return presented.expose() === secret.expose()
}
