const { v4: uuid } = require('uuid')

exports.createClient = (name) => ({ name, clientSecret: uuid() })
