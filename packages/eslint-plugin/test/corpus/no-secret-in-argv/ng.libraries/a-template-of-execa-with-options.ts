import { secret } from '../../secret.ts'
import { $ } from 'execa'
await $({ stdio: 'inherit' })`vault login ${secret.expose()}`
