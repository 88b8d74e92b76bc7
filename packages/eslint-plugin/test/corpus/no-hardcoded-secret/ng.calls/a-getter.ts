import jwt from 'jsonwebtoken'
export class Tokens {
  get #key() {
    return 'abc'
  }
  sign(user: string) {
    return jwt.sign({ user }, this.#key)
  }
}
