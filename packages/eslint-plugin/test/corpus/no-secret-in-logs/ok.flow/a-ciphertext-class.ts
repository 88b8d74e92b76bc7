import { secret } from '../../secret.ts'
class Ciphertext {
  constructor(readonly bytes: string) {}
}
function lock(text: string): Ciphertext {
  return new Ciphertext(text.split('').reverse().join(''))
}
console.log(lock(secret.expose()))
