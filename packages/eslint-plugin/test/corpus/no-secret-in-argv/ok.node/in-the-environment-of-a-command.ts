import { secret } from '../../secret.ts'
import { exec } from 'node:child_process'
exec('vault login -', { env: { VAULT_TOKEN: secret.expose() } }, () => undefined)
