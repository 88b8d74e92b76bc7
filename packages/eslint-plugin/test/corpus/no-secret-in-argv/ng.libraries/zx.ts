import { secret } from '../../secret.ts'
import { $ } from 'zx'
await $`kubectl create secret generic key --from-literal=key=${secret.expose()}`
