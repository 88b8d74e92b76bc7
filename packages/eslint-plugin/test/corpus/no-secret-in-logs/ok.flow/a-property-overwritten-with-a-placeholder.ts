import { secret } from '../../secret.ts'
const settings = { host: 'localhost', key: secret.expose() }
const shown = { ...settings }
shown.key = '[redacted]'
console.log(shown, shown.key)
