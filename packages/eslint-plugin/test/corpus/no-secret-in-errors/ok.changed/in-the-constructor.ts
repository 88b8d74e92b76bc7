import { secret } from '../../secret.ts'
export class KeyError extends Error {
  readonly key: string
  readonly #value: string
  constructor() {
    super('bad key')
    this.key = secret.label
    this.#value = secret.expose()
  }
}
