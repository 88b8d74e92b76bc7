import { secret } from '../../secret.ts'
export const GET = () => new Response(null, { headers: { 'x-key': secret.expose() } })
