import { secret } from '../../secret.ts'
const request = new Request('https://example.com', {
  headers: { authorization: `Bearer ${secret.expose()}` },
})
export const load = () => fetch(request)
