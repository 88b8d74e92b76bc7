import { secret } from '../../secret.ts'
import axios from 'axios'
export async function refresh(logger) {
  const params = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: secret.expose(),
  })
  try {
    const { data } = await axios.post('https://example.com/token', params)
    return data
  } catch (error) {
    logger.error(`refresh failed: ${error.message} (${params})`)
    return null
  }
}
