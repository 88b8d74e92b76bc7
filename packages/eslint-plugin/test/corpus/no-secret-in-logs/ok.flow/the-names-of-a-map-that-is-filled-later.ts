import { secret } from '../../secret.ts'
const keys = new Map<string, string>()
keys.set('signing', secret.expose())
keys.forEach((key, name) => console.log(name))
for (const [name] of keys) console.log(name)
