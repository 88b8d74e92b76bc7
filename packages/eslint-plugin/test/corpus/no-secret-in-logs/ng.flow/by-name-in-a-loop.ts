import { secret } from '../../secret.ts'
const settings: Record<string, string> = { host: 'localhost', key: secret.expose() }
for (const name in settings) console.log(name, settings[name])
