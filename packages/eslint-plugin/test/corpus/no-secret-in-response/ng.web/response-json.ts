import { secret } from '../../secret.ts'
export async function GET() {
  const body = { id: 1, key: secret.expose() }
  return Response.json(body)
}
