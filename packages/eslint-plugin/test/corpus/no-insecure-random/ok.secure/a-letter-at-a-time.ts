import { randomInt } from 'node:crypto'

const LETTERS = 'abcdefghijkmnpqrstuvwxyz'

export function generatePassword(): string {
  let password = ''
  while (password.length < 24) password += LETTERS.charAt(randomInt(LETTERS.length))
  return password
}
