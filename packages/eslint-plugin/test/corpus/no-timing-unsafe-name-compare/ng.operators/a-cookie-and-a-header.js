export const csrf = (req, res, next) => {
  const fromCookie = req.cookies['XSRF-TOKEN']
  const fromHeader = req.headers['x-csrf-token']
  if (!fromCookie || !fromHeader || fromCookie !== fromHeader) return res.status(403).end()
  next()
}
