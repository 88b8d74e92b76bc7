import { secret } from '../../secret.ts'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
writeFileSync('/run/keys/pass', secret.expose(), { mode: 0o600 })
execFileSync('openssl', ['pkcs12', '-passin', 'file:/run/keys/pass'])
