import { secret } from '../../secret.ts'
;[secret.expose()].forEach((key) => console.log(key))
