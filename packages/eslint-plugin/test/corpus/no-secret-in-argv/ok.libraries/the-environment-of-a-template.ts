import { secret } from '../../secret.ts'
import { $ } from 'execa'
await $({ env: { VAULT_TOKEN: secret.expose() } })`vault token renew`
