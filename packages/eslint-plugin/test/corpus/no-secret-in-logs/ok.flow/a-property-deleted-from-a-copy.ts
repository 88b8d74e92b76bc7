import { secret } from '../../secret.ts'
const settings = { host: 'localhost', key: secret.expose() }
const shown: Partial<typeof settings> = { ...settings }
delete shown.key
console.log(shown)
