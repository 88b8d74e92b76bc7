import { secret } from '../../secret.ts'
const settings = { host: 'localhost', key: secret.expose() }
console.log('settings', { ...settings, key: '[redacted]' })
