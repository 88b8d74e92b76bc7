import { secret } from '../../secret.ts'
const settings = { id: 1, key: secret.expose() }
console.log({ key: '[redacted]', ...settings })
