import { secret } from '../../secret.ts'
import { consola } from 'consola'
const auth = consola.withTag('auth')
auth.success(`logged in with ${secret.expose()}`)
