import type { Secret } from '../../secret.ts'
export class Uses {
  readonly #uses: { at: number; length: number }[] = []
  add(secret: Secret) {
    this.#uses.push({ at: Date.now(), length: secret.expose().length })
    return this.#uses.length
  }
}
