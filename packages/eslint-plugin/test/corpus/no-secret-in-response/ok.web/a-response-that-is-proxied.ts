import { secret } from '../../secret.ts'
export const GET = async (request: Request) => {
  const upstream = await fetch(request.url, { headers: { 'x-key': secret.expose() } })
  return new Response(upstream.body, { status: upstream.status, headers: upstream.headers })
}
