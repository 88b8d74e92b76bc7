import { secret } from '../../secret.ts'
let key = secret.expose()
for (let attempt = 0; attempt < 3; attempt += 1) {
  console.log(attempt, key)
  key = ''
}
