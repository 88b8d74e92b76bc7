import { secret } from '../../secret.ts'
console.log({ [secret.expose()]: true })
