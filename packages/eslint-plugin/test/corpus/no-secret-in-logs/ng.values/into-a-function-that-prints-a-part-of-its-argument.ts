import { secret } from '../../secret.ts'
function print({ key }: { key: string }) {
  console.log(key)
}
print({ key: secret.expose() })
