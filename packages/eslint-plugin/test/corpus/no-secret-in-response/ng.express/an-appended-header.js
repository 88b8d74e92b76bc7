import { secret } from '../../secret.ts'
export const mark = (req, res, next) => {
  res.append('x-key', secret.expose())
  res.header('x-other', 'y')
  next()
}
