module.exports = function basicAuth(req, res, next) {
  const [user, pass] = Buffer.from(req.headers.authorization.slice(6), 'base64')
    .toString()
    .split(':')
  if (user === 'metrics' && pass === process.env.METRICS_PASSWORD) return next()
  res.status(401).end()
}
