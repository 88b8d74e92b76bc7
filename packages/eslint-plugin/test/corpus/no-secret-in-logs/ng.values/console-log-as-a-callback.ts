import { secret } from '../../secret.ts'
;[secret.expose()].forEach(console.log)
