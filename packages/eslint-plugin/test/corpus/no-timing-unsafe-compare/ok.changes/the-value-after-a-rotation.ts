import { secret } from '../../secret.ts'

export function isRotated(next: string): boolean {
  return next !== secret.expose()
}
