const jwt = require('jsonwebtoken')

module.exports = (token) => jwt.verify(token, process.env.JWT_SECRET || 'my_jwt_secret_key_2024')
