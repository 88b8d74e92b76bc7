import { randomBytes } from 'node:crypto'

let passphrase
passphrase = randomBytes(8)
export { passphrase }
