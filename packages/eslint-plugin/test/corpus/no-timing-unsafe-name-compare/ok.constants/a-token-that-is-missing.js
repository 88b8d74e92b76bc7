export function authenticate(req, res, next) {
  const header = req.headers.authorization || ''
  const token = header.startsWith('Bearer ') ? header.slice(7) : null
  if (token === null || token === undefined || token === '') return res.status(401).end()
  next()
}
