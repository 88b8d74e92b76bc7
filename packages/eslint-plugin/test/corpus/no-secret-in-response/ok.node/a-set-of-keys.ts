import { secret } from '../../secret.ts'
const res = new Set<string>()
const keys = new Map<string, string>()
res.add(secret.expose())
keys.set('key', secret.expose())
