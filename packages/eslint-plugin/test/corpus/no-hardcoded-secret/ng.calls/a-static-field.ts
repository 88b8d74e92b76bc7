import jwt from 'jsonwebtoken'
export class Tokens {
  static readonly key = 'abc'
  sign = (user: string) => jwt.sign({ user }, Tokens.key)
}
