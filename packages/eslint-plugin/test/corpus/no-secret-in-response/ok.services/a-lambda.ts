import { secret } from '../../secret.ts'
declare function sign(body: string, key: string): Promise<{ signature: string }>
export const handler = async (event: { body: string }) => {
  const { signature } = await sign(event.body, secret.expose())
  return { statusCode: 200, body: JSON.stringify({ signature }) }
}
