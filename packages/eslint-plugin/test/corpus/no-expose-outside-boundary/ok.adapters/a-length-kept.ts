import type { Secret } from '../../secret.ts'
export class Policy {
  #longest = 0
  see(secret: Secret) {
    this.#longest = Math.max(this.#longest, secret.expose().length)
  }
  get longest() {
    return this.#longest
  }
}
