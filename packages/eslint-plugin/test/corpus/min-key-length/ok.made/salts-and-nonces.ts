import { randomBytes } from 'node:crypto'

const salt = randomBytes(16)
const iv = randomBytes(12)
const nonce = randomBytes(8)
export { iv, nonce, salt }
