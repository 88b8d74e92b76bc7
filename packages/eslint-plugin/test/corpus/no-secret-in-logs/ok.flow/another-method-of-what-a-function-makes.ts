import { secret } from '../../secret.ts'
function createClient(key: string) {
  return { header: () => `Bearer ${key}`, size: () => key.length }
}
const client = createClient(secret.expose())
console.log(client.size())
