import { secret } from '../../secret.ts'
function print(text: string) {
  console.log(text)
}
print(secret.expose())
