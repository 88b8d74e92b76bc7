import { secret } from '../../secret.ts'
const options = { timeout: 1_000 }
Object.assign(options, { key: secret.expose() })
console.log('options', options)
