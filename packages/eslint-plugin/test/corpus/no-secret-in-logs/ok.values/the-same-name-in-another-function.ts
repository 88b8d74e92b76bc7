import { secret } from '../../secret.ts'
function one() {
  const value = secret.expose()
  return value.length
}
function two() {
  const value = 'x'
  console.log(value)
}
