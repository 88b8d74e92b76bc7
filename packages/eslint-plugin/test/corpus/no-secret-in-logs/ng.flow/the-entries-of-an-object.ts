import { secret } from '../../secret.ts'
const settings = { host: 'localhost', key: secret.expose() }
for (const [name, value] of Object.entries(settings)) console.log(`${name}=${value}`)
