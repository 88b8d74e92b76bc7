import { secret } from '../../secret.ts'
let seen = ''
for (const _ of [1, 2]) {
  console.log(seen)
  seen = secret.expose()
}
