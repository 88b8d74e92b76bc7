import { secret } from '../../secret.ts'
export const show = (req, res) => res.jsonp({ key: secret.expose() })
