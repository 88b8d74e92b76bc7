import { secret } from '../../secret.ts'
for (const [index] of [secret.expose()].entries()) console.log(index)
