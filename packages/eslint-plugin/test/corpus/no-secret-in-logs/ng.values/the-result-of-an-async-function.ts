import { secret } from '../../secret.ts'
async function read() {
  return secret.expose()
}
console.log(await read())
