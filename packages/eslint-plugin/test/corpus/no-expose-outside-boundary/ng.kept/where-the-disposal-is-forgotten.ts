// @reports kept
import type { Secret } from '../../secret.ts'
export class Escrow {
  #shares: string[] = []
  take(shares: Secret[]) {
    this.#shares = shares.map((share) => share.expose())
  }
  get count() {
    return this.#shares.length
  }
}
