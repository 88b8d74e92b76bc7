import { secret } from '../../secret.ts'
const byName = new Map<string, string>()
byName.set('key', secret.expose())
console.log(byName)
