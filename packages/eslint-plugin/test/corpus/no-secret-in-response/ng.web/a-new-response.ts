import { secret } from '../../secret.ts'
export default {
  fetch: () => new Response(secret.expose(), { headers: { 'content-type': 'text/plain' } }),
}
