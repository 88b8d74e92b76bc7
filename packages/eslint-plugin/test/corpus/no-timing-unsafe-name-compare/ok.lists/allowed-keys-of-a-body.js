import { allowedKeys } from './fields.js'

export const unknownFields = (req) =>
  Object.keys(req.body).filter((key) => !allowedKeys.includes(key))
