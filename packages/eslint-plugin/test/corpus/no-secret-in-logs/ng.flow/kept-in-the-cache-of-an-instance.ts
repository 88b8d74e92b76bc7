import { secret } from '../../secret.ts'
class Keys {
  readonly #cache = new Map<string, string>()
  load() {
    this.#cache.set('signing', secret.expose())
  }
  print() {
    console.log([...this.#cache])
  }
}
