import { secret } from '../../secret.ts'
for (const key of [secret.expose()]) console.log(key)
