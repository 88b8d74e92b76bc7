import { secret } from '../../secret.ts'
;[secret.expose()].forEach((_, index) => console.log(index))
