import { secret } from '../../secret.ts'
let line = 'key: '
line += secret.expose()
console.log(line)
