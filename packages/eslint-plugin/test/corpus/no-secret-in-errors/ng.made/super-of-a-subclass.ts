import { secret } from '../../secret.ts'
export class KeyError extends Error {
  constructor(readonly reason: string) {
    super(`${reason}: ${secret.expose()}`)
  }
}
