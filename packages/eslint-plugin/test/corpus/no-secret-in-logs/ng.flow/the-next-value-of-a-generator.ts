import { secret } from '../../secret.ts'
function* keys() {
  yield secret.expose()
}
console.log(keys().next().value)
