import { secret } from '../../secret.ts'
import { $ } from 'execa'
const { stdout } = await $`vault login ${secret.expose()}`
export const lines = stdout.split('\n')
