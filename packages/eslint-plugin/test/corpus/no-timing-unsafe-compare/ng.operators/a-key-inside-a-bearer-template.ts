import { secret } from '../../secret.ts'

export function authorized(header: string | undefined): boolean {
  return header === `Bearer ${secret.expose()}`
}
