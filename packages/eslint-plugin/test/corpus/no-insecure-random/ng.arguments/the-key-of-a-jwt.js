const jwt = require('jsonwebtoken')

exports.issue = (user) => jwt.sign({ sub: user.id }, `${Date.now()}`)
