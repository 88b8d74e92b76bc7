import { createSecretKey, type KeyObject } from 'node:crypto'
import type { Secret } from '../../secret.ts'
export class Sealer {
  readonly #key: KeyObject
  constructor(key: Secret) {
    this.#key = createSecretKey(Buffer.from(key.expose(), 'base64'))
  }
  get type() {
    return this.#key.type
  }
}
