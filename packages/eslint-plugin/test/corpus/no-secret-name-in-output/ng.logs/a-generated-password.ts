import { randomBytes } from 'node:crypto'
const initialPassword = randomBytes(12).toString('base64url')
console.log(`the password of the first user is ${initialPassword}`)
