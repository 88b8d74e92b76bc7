import { secret } from '../../secret.ts'
async function* versions() {
  yield { id: 1, key: secret.expose() }
}
for await (const { key } of versions()) console.log(key)
