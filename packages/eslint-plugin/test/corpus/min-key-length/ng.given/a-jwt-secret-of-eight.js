const jwt = require('jsonwebtoken')

exports.issue = (user) => jwt.sign({ sub: user.id }, 'RANDOM_HEX_8')
