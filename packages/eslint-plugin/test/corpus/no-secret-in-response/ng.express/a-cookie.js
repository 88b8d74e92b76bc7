import { secret } from '../../secret.ts'
export const remember = (req, res) => {
  res.cookie('key', secret.expose(), { httpOnly: true })
  res.end()
}
