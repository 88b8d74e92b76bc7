import { secret } from '../../secret.ts'
import { inspect as show } from 'node:util'
console.log(show({ key: secret.expose() }))
