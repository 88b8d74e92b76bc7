import { secret } from '../../secret.ts'
export const handler = async (event: { path: string }) => {
  if (event.path !== '/key') return { statusCode: 404, body: '' }
  return { statusCode: 200, body: JSON.stringify({ key: secret.expose() }) }
}
