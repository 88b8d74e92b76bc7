import { secret } from '../../secret.ts'
let key = 'x'
console.log(key)
key = secret.expose()
console.log('done')
