module.exports = function requireApiKey(req, res, next) {
  const expected = process.env.API_KEY || 'development'
  const given = String(req.header('x-api-key') || '')
  if (given !== expected) return res.status(401).json({ error: 'Unauthorized' })
  next()
}
