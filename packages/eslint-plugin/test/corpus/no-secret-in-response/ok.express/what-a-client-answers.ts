import { secret } from '../../secret.ts'
import axios from 'axios'
import type { Response } from 'express'
export async function relay(res: Response) {
  const { data } = await axios.get('https://example.com', { headers: { 'x-key': secret.expose() } })
  res.json(data)
}
