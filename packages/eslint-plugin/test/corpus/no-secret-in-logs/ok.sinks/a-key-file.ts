import { secret } from '../../secret.ts'
import { appendFileSync, writeSync } from 'node:fs'
declare const descriptor: number
appendFileSync('/run/keys/signing', secret.expose(), { mode: 0o600 })
writeSync(descriptor, secret.expose())
