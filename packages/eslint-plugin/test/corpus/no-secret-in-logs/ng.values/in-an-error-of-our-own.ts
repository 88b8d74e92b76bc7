import { secret } from '../../secret.ts'
class KeyError extends Error {}
console.error(new KeyError('bad key ' + secret.expose()))
