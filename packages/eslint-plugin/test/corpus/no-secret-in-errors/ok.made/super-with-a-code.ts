import { secret } from '../../secret.ts'
export class KeyError extends Error {
  constructor(readonly code: string) {
    super(`${code}: ${secret.label}`)
  }
}
