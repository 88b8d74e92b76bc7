import { secret } from '../../secret.ts'
const errors = new Map<string, string>([['short', 'too short']])
errors.set('last', secret.label)
export const explain = (code: string) => new Error(errors.get(code) ?? `unknown ${code}`)
export const key = secret.expose()
