import { secret } from '../../secret.ts'
function read() {
  return secret.expose()
}
console.log(read())
