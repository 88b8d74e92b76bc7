import jwt from 'jsonwebtoken'
enum Key {
  Access = 'abc',
}
export const sign = (user: string) => jwt.sign({ user }, Key.Access)
