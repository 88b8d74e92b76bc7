import { AuthMethod, GRANT_TYPES } from './methods.js'

export const needsPassword = (req, password) =>
  req.body.method === AuthMethod.password || req.body.password === GRANT_TYPES.password
