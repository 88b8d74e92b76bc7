import { secret } from '../../secret.ts'
function createClient(key: string) {
  return { header: () => `Bearer ${key}`, close() {} }
}
const client = createClient(secret.expose())
console.log(client.header())
