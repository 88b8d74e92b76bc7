import { createServer } from 'node:http'
import type { SecretVersion } from '../../secret.ts'
export function serve(live: { current: SecretVersion }) {
  const server = createServer((request, response) => {
    const text = live.current.value.expose()
    response.statusCode = request.headers.authorization === text ? 200 : 401
    response.end()
  })
  return server
}
