import { secret } from '../../secret.ts'
function print(key = secret.expose()) {
  console.log(key)
}
print()
