import { secret } from '../../secret.ts'
import stringify from 'safe-stable-stringify'
console.log(stringify({ key: secret.expose() }))
