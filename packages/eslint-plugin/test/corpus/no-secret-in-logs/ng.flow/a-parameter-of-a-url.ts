import { secret } from '../../secret.ts'
const url = new URL('https://example.com/keys')
url.searchParams.set('key', secret.expose())
console.log(`GET ${url}`)
