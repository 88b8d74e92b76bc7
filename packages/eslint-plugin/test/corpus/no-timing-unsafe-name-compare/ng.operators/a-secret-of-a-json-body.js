import { ADMIN_SECRET } from './admin.js'

export async function POST(req) {
  const { secret } = await req.json()
  if (secret !== ADMIN_SECRET) return new Response('Unauthorized', { status: 401 })
  return Response.json({ ok: true })
}
