import pino from 'pino'
const log = pino()
export async function exchange(code: string, client: { token(code: string): Promise<any> }) {
  const { access_token, refresh_token, expires_in } = await client.token(code)
  log.debug({ access_token, refresh_token, expires_in }, 'tokens')
  return { accessToken: access_token, refreshToken: refresh_token }
}
