import { secret } from '../../secret.ts'
console.log({ key: secret.expose() })
