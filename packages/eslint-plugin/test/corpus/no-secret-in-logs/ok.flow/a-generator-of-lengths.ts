import { secret } from '../../secret.ts'
function* lengths() {
  yield secret.expose().length
}
for (const length of lengths()) console.log(length)
