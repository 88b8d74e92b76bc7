import { secret } from '../../secret.ts'
function* inner() {
  yield secret.expose()
}
function* outer() {
  yield* inner()
}
for (const part of outer()) console.log(part)
