import { type Secret, secret } from '../../secret.ts'
const byName = new Map<string, Secret>()
byName.set('database', secret)
export const has = byName.has('database')
