import { randomBytes } from 'node:crypto'

const apiKey = randomBytes(16).toString('hex')
export default apiKey
