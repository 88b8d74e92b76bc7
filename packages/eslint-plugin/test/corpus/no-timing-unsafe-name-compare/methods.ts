// ---- ends-with-the-secret.js
export function isInternal(req) {
  return req.headers.authorization.endsWith(process.env.INTERNAL_SECRET) // expect: nameCompared
}
