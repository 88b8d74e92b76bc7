import { secret } from '../../secret.ts'
function print(...texts: string[]) {
  console.log(...texts)
}
print('key', secret.expose())
