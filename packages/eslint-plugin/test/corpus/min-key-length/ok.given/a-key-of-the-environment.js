const { createHmac } = require('crypto')

exports.mac = (text) => createHmac('sha256', process.env.KEY).update(text).digest('hex')
