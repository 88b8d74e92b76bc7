// @reports kept
import type { Secret } from '../../secret.ts'
export class Checker {
  #last = ''
  check(key: Secret) {
    return key.map((text) => (this.#last = text)).label
  }
  isLast(text: string) {
    return this.#last === text
  }
}
