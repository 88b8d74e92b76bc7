import { secret } from '../../secret.ts'
import 'zx/globals'
await $`vault login ${secret.expose()}`
