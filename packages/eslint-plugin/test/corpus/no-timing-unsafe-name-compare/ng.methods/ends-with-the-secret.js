export function isInternal(req) {
  return req.headers.authorization.endsWith(process.env.INTERNAL_SECRET)
}
