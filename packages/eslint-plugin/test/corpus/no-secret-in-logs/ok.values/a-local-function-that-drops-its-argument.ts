import { secret } from '../../secret.ts'
function use(key: string) {
  void key
  return 'done'
}
console.log(use(secret.expose()))
