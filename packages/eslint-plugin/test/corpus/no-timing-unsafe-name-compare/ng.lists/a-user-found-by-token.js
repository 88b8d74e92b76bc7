const users = require('./users.json')

module.exports = (req, res, next) => {
  const user = users.find((u) => u.token === req.query.token)
  if (!user) return res.sendStatus(401)
  req.user = user
  next()
}
