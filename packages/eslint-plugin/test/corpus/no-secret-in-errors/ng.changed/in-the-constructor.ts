import { secret } from '../../secret.ts'
export class KeyError extends Error {
  readonly key: string
  constructor() {
    super('bad key')
    this.key = secret.expose()
  }
}
