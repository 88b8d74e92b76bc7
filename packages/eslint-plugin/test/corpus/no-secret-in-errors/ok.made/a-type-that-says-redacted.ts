import { secret } from '../../secret.ts'
type RedactedKey = string
declare function show(key: string): RedactedKey
throw new Error(`no service takes ${show(secret.expose())}`)
