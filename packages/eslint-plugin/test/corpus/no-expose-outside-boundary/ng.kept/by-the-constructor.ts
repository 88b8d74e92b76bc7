// @reports kept
import { createHmac } from 'node:crypto'
import type { Secret } from '../../secret.ts'
export class Signer {
  readonly #key: string
  constructor(key: Secret) {
    this.#key = key.expose()
  }
  sign(data: string) {
    return createHmac('sha256', this.#key).update(data).digest('hex')
  }
}
