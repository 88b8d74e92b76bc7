import { secret } from '../../secret.ts'
import { $ } from 'bun'
await $`vault login ${secret.expose()}`.quiet()
