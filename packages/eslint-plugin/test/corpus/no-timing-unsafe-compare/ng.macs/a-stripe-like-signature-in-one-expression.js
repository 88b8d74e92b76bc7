const crypto = require('crypto')

module.exports = (req, signingSecret) =>
  req.headers['x-signature'] ===
  crypto.createHmac('sha256', signingSecret).update(req.rawBody).digest('hex')
