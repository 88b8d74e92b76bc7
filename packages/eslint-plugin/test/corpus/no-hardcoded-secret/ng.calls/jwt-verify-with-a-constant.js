const jwt = require('jsonwebtoken')

const key = 'my-super-secret'

module.exports = (token) => jwt.verify(token, key)
