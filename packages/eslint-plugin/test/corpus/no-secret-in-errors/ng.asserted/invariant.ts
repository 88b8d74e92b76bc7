import { secret } from '../../secret.ts'
import invariant from 'tiny-invariant'
invariant(secret.expose().startsWith('rk_'), `bad key ${secret.expose()}`)
