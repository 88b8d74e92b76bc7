import { secret } from '../../secret.ts'
import { $ } from 'zx'
await $({ input: secret.expose() })`vault login -`
await $`vault token lookup ${secret.label}`
