const jwt = require('jsonwebtoken')

exports.issue = (user, key) => {
  const token = jwt.sign({ sub: user.id, iat: Math.floor(Date.now() / 1000) }, key)
  return token
}
